import { Drawer } from "@mantine/core";
import styles from "./shell.module.css";
import { SideBar } from "./side-bar.tsx";

/** The side bar on a phone. */
export function SideDrawer({ onClose }: { onClose: () => void }) {
  return (
    <Drawer opened onClose={onClose} size={260} title="Regulars" closeButtonProps={{ "aria-label": "Close" }}>
      <nav className={styles.drawer} aria-label="Main" onClickCapture={onClose}><SideBar brand={false} /></nav>
    </Drawer>
  );
}
