import { Menu } from "@mantine/core";
import { IconCode } from "@tabler/icons-react";
import { lazy, type ReactElement, type ReactNode, Suspense, useState } from "react";
import type { Operation } from "./operation.ts";

const CopyGraphQL = lazy(async () => ({ default: (await import("./copy-graphql.tsx")).CopyGraphQL }));

/** What the dots of a page open. Open from the start, as its code is fetched by the click on them. */
export function PageMenu({ operations, target, children }: { operations: readonly Operation[]; target: ReactElement; children: ReactNode }) {
  const [copying, setCopying] = useState(false);
  return (
    <>
      <Menu defaultOpened withinPortal={false}>
        <Menu.Target>{target}</Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<IconCode size={15} />} onClick={() => setCopying(true)}>Copy as GraphQL</Menu.Item>
          {children}
        </Menu.Dropdown>
      </Menu>
      <Suspense>{copying && <CopyGraphQL operations={operations} opened onClose={() => setCopying(false)} />}</Suspense>
    </>
  );
}
