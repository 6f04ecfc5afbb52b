import { Button, Drawer, Group, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { TextLink } from "../ui/links.tsx";
import { Notice } from "../ui/notice.tsx";
import { exactTime, Missing } from "../ui/values.tsx";
import styles from "./consent.module.css";
import type { Held } from "./review-queries.ts";
import { STATUSES } from "./review-words.ts";
import { BASES } from "./words.tsx";

interface HeldDrawerProps {
  held: Held;
  what: string;
  onClose: () => void;
  onDecide: (decision: "ACCEPT" | "REJECT") => void;
}

/** Everything that is known about a consent that waits. */
export function HeldDrawer({ held, what, onClose, onDecide }: HeldDrawerProps) {
  const { customer, run, identifier, collectedAt, basis, source, row, status, why, message, at, reviewedAt, reviewedBy } = held;
  return (
    <Drawer opened onClose={onClose} position="right" size={480} padding="lg" title={<Text fw={600} component="span">{what}</Text>} closeButtonProps={{ "aria-label": "Close" }}>
      <Notice tone={why === "RESUBSCRIBE" ? "bad" : "warn"}>{message}</Notice>
      <dl className={styles.facts} style={{ margin: "16px 0" }}>
        <Fact title="Whose">{customer && <TextLink to="/customers/$id" params={{ id: customer.id }} search={{ tab: "consent" }} inherit>{customer.displayName}</TextLink>}</Fact>
        <Fact title="Identifier">{identifier && <bdi dir="ltr">{identifier}</bdi>}</Fact>
        <Fact title="Said on">{collectedAt && exactTime(collectedAt)}</Fact>
        <Fact title="Basis">{basis && BASES[basis]}</Fact>
        <Fact title="Source">{source}</Fact>
        <Fact title="File">{run && <TextLink to="/imports/$id" params={{ id: run.id }} inherit>{run.fileName ?? "An import"}</TextLink>}</Fact>
        <Fact title="Row">{row}</Fact>
        <Fact title="Came in">{exactTime(at)}</Fact>
        {reviewedAt && <Fact title={STATUSES[status][1]}>{exactTime(reviewedAt)}{reviewedBy && ` by ${reviewedBy.name}`}</Fact>}
      </dl>
      {status === "OPEN" && (
        <Group gap="sm">
          <Button onClick={() => onDecide("ACCEPT")}>Accept</Button>
          <Button variant="default" onClick={() => onDecide("REJECT")}>Reject</Button>
        </Group>
      )}
    </Drawer>
  );
}

function Fact({ title, children }: { title: string; children: ReactNode }) {
  const empty = children === null || children === undefined || children === "";
  return <><dt>{title}</dt><dd>{empty ? <Missing /> : children}</dd></>;
}
