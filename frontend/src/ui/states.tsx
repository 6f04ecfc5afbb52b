import { Button, Code, Group, Skeleton, Stack, Text } from "@mantine/core";
import { IconAlertTriangle, IconCloudOff, IconLock, IconRefresh } from "@tabler/icons-react";
import type { ReactNode } from "react";
import type { CombinedError } from "urql";
import { failureOf, type UserError } from "./errors.ts";
import { Notice } from "./notice.tsx";

interface MessageProps {
  icon?: ReactNode;
  title: string;
  children?: ReactNode;
  action?: ReactNode;
}

function Message({ icon, title, children, action }: MessageProps) {
  return (
    <Stack align="center" gap="sm" py={48} px="lg" ta="center">
      {icon && <Text c="dimmed" lh={0}>{icon}</Text>}
      <Text fw={500}>{title}</Text>
      {children && <Text c="dimmed" fz="sm" component="div" maw={440}>{children}</Text>}
      {action && <Group gap="sm" mt="xs" justify="center">{action}</Group>}
    </Stack>
  );
}

/** Nothing there yet: one sentence and the first action. */
export function EmptyState(props: MessageProps) {
  return <Message {...props} />;
}

/** A missing permission: names it, and who can give it. */
export function NoPermission({ permission }: { permission?: string | undefined }) {
  return (
    <Message icon={<IconLock size={28} stroke={1.5} />} title="You may not see this">
      {permission
        ? <>It needs the permission <Code>{permission}</Code>. Ask somebody who manages users to give you a role that has it.</>
        : "Your roles do not allow it. Ask somebody who manages users."}
    </Message>
  );
}

interface ErrorStateProps {
  error: CombinedError;
  onRetry?: () => void;
  /** What was not lost, for example "Your filters are kept in the address." */
  kept?: string;
}

/** A request that failed: what happened, what was kept, Retry, an id to quote; a missing permission is named. */
export function ErrorState({ error, onRetry, kept }: ErrorStateProps) {
  const failure = failureOf(error);
  if (failure.kind === "forbidden") return <NoPermission permission={failure.permission} />;
  const offline = failure.kind === "offline";
  return (
    <div role="alert">
      <Message
        icon={offline ? <IconCloudOff size={28} stroke={1.5} /> : <IconAlertTriangle size={28} stroke={1.5} />}
        title={failure.message}
        action={onRetry && <Button variant="default" leftSection={<IconRefresh size={15} />} onClick={onRetry}>Retry</Button>}
      >
        {kept}
        {failure.traceId && <div>Quote this id when you report it: <Code>{failure.traceId}</Code></div>}
      </Message>
    </div>
  );
}

/** Expected errors of a form that stand beside no field. Draws nothing without any. */
export function FormErrors({ errors }: { errors: readonly UserError[] }) {
  if (errors.length === 0) return null;
  return (
    <Notice tone="bad">
      {errors.map((error) => <div key={`${error.code} ${error.message}`}>{error.message}</div>)}
    </Notice>
  );
}

/** Lines of the size of the text that comes. */
export function TextSkeleton({ lines = 3 }: { lines?: number }) {
  return (
    <Stack gap="sm" aria-hidden="true" data-testid="skeleton">
      {Array.from({ length: lines }, (_, line) => <Skeleton key={line} height={14} width={`${88 - ((line * 17) % 40)}%`} />)}
    </Stack>
  );
}
