import { Menu, Text, useMantineColorScheme } from "@mantine/core";
import { IconCheck, IconCode, IconDeviceDesktop, IconKeyboard, IconLock, IconLogout, IconMoon, IconSun } from "@tabler/icons-react";
import { lazy, type ReactElement, Suspense, useState } from "react";
import { useMutation } from "urql";
import { graphql } from "../graphql.ts";
import { MenuLink } from "../ui/menu-link.tsx";
import type { Viewer } from "../ui/session.tsx";
import { toastError } from "../ui/toast.tsx";

const PasswordDialog = lazy(async () => ({ default: (await import("../access/password-dialog.tsx")).PasswordDialog }));
const COLOURS = [
  { scheme: "auto", label: "Colours of the system", Icon: IconDeviceDesktop },
  { scheme: "light", label: "Light", Icon: IconSun },
  { scheme: "dark", label: "Dark", Icon: IconMoon },
] as const;

const SignOut = graphql(`mutation SignOut { signOut { errors { code message path } } }`);

/** What the round button opens: look, keys, password, sign-out. Open from the start, as its code is fetched by the click. */
export function UserMenu({ viewer, onKeys, children }: { viewer: Viewer; onKeys: () => void; children: ReactElement }) {
  const [password, setPassword] = useState(false);
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const [, signOut] = useMutation(SignOut);
  const leave = async () => {
    const { error } = await signOut({});
    if (error) toastError(error, "You are still signed in.");
    // A new page load drops everything that this one remembers.
    else window.location.assign("/");
  };
  return (
    <>
      <Menu width={240} defaultOpened withinPortal={false}>
        <Menu.Target>{children}</Menu.Target>
        <Menu.Dropdown>
          <div style={{ padding: "6px 12px" }}>
            <Text fz="sm" fw={500} truncate>{viewer.name}</Text>
            <Text fz="xs" c="dimmed" truncate>{viewer.email}</Text>
            <Text fz="xs" c="dimmed" truncate>{viewer.roles.join(", ")}</Text>
          </div>
          <Menu.Divider />
          {COLOURS.map(({ scheme, label, Icon }) => (
            <Menu.Item key={scheme} leftSection={<Icon size={15} />} rightSection={scheme === colorScheme ? <IconCheck size={15} aria-label="chosen" /> : undefined}
              closeMenuOnClick={false} onClick={() => setColorScheme(scheme)}>{label}</Menu.Item>
          ))}
          <Menu.Divider />
          <Menu.Item leftSection={<IconKeyboard size={15} />} onClick={onKeys}>Keyboard shortcuts</Menu.Item>
          <MenuLink to="/explorer" leftSection={<IconCode size={15} />}>GraphQL explorer</MenuLink>
          <Menu.Item leftSection={<IconLock size={15} />} onClick={() => setPassword(true)}>Change password</Menu.Item>
          <Menu.Item leftSection={<IconLogout size={15} />} onClick={leave}>Sign out</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Suspense>{password && <PasswordDialog onClose={() => setPassword(false)} />}</Suspense>
    </>
  );
}
