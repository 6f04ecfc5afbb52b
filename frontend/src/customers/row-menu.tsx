import { Menu } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { lazy, type ReactElement, Suspense, useState } from "react";
import { type PrivacyDialog, PrivacyMenu } from "../privacy/profile-menu.tsx";
import { useCan } from "../ui/session.tsx";

const CopyDialog = lazy(async () => ({ default: (await import("./copy-dialog.tsx")).CopyDialog }));
const ProfileDialogs = lazy(async () => ({ default: (await import("../privacy/profile-dialogs.tsx")).ProfileDialogs }));

/** What the dots of a row open. Open from the start, as its code is fetched by the click on them. */
export function RowMenu({ id, name, target }: { id: string; name: string; target: ReactElement }) {
  const can = useCan();
  const [dialog, setDialog] = useState<"copy" | PrivacyDialog>();
  const onClose = () => setDialog(undefined);
  return (
    <>
      <Menu defaultOpened>
        <Menu.Target>{target}</Menu.Target>
        <Menu.Dropdown>
          {can("customer.export.single") && <Menu.Item leftSection={<IconDownload size={15} />} onClick={() => setDialog("copy")}>Download a copy</Menu.Item>}
          <PrivacyMenu id={id} onOpen={setDialog} />
        </Menu.Dropdown>
      </Menu>
      <Suspense>
        {dialog === "copy" && <CopyDialog id={id} name={name} onClose={onClose} />}
        {dialog && dialog !== "copy" && <ProfileDialogs dialog={dialog} id={id} name={name} onClose={onClose} />}
      </Suspense>
    </>
  );
}
