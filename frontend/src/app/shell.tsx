import { ActionIcon, Center, Loader } from "@mantine/core";
import { IconMenu2 } from "@tabler/icons-react";
import { Outlet } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";
import { useQuery } from "urql";
import { graphql } from "../graphql.ts";
import { ViewerProvider, type Viewer } from "../ui/session.tsx";
import { useShortcut } from "../ui/shortcuts.ts";
import { ErrorState } from "../ui/states.tsx";
import { undoLast } from "../ui/toast.tsx";
import { askAgain } from "./client.ts";
import { connection, useConnection } from "./connection.ts";
import { Crumbs } from "./crumbs.tsx";
import { OfflineBar } from "./offline-bar.tsx";
import { Palette, SearchButton } from "./palette.tsx";
import styles from "./shell.module.css";
import { SideBar } from "./side-bar.tsx";
import { UserButton } from "./user-button.tsx";

const SignIn = lazy(async () => ({ default: (await import("../access/sign-in.tsx")).SignIn }));
const SideDrawer = lazy(async () => ({ default: (await import("./side-drawer.tsx")).SideDrawer }));
const KeyList = lazy(async () => ({ default: (await import("./key-list.tsx")).KeyList }));
const EndedSession = lazy(async () => ({ default: (await import("./ended-session.tsx")).EndedSession }));

export const ViewerQuery = graphql(`query Viewer { viewer { id kind name email roles permissions } }`);

/** Around every page of the signed-in: side bar, top bar, palette. A stranger gets the sign-in instead. */
export function Shell() {
  const [{ data, error, fetching }, ask] = useQuery({ query: ViewerQuery });
  const again = () => ask({ requestPolicy: "network-only" });
  if (error && !data) return <ErrorState error={error} onRetry={again} />;
  if (!data) return <Center mih="100dvh">{fetching && <Loader size="sm" aria-label="Loading" />}</Center>;
  const signedIn = () => {
    connection.sessionBegan();
    askAgain();
    again();
  };
  if (!data.viewer) return <Suspense><SignIn onSignedIn={signedIn} /></Suspense>;
  return (
    <ViewerProvider viewer={data.viewer}>
      <Frame viewer={data.viewer} onSignedIn={signedIn} />
    </ViewerProvider>
  );
}

function Frame({ viewer, onSignedIn }: { viewer: Viewer; onSignedIn: () => void }) {
  const [drawer, setDrawer] = useState(false);
  const [keys, setKeys] = useState(false);
  const [wanted, setWanted] = useState(0);
  const openPalette = () => setWanted((count) => count + 1);
  const { ended } = useConnection();
  useShortcut("?", "This list of keys", () => setKeys(true));
  useShortcut("mod+z", "Undo the last act, while its message is open", undoLast);
  return (
    <div className={styles.frame}>
      <a href="#content" className={styles.skip}>Go to the content</a>
      <nav className={styles.side} aria-label="Main"><SideBar /></nav>
      <div>
        <header className={styles.top}>
          <ActionIcon className={styles.open} aria-label="Open the menu" onClick={() => setDrawer(true)}><IconMenu2 size={18} /></ActionIcon>
          <Crumbs />
          <SearchButton onOpen={openPalette} />
          <UserButton viewer={viewer} onKeys={() => setKeys(true)} />
        </header>
        <OfflineBar />
        <Outlet />
      </div>
      <Palette wanted={wanted} onOpen={openPalette} />
      <Suspense>
        {drawer && <SideDrawer onClose={() => setDrawer(false)} />}
        {keys && <KeyList onClose={() => setKeys(false)} />}
        {ended && <EndedSession viewer={viewer} onSignedIn={onSignedIn} />}
      </Suspense>
    </div>
  );
}
