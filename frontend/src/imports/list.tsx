import { EmptyState } from "../ui/states.tsx";

/** Stands here until the room has its pages. */
export function ImportsPage() {
  return <EmptyState title="Imports" />;
}
