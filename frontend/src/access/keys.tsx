import { EmptyState } from "../ui/states.tsx";

/** Stands here until the page is written. */
export function KeysPage() {
  return <EmptyState title="Under way" />;
}
