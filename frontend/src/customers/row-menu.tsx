import { Menu } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { lazy, type ReactElement, Suspense, useState } from "react";

const CopyDialog = lazy(async () => ({ default: (await import("./copy-dialog.tsx")).CopyDialog }));

/** What the dots of a row open. Open from the start, as its code is fetched by the click on them. */
export function RowMenu({ id, name, target }: { id: string; name: string; target: ReactElement }) {
  const [copying, setCopying] = useState(false);
  return (
    <>
      <Menu defaultOpened>
        <Menu.Target>{target}</Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<IconDownload size={15} />} onClick={() => setCopying(true)}>Download a copy</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Suspense>{copying && <CopyDialog id={id} name={name} onClose={() => setCopying(false)} />}</Suspense>
    </>
  );
}
