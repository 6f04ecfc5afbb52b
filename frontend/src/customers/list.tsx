import { EmptyState } from "../ui/states.tsx";

/** Stands here until the room has its pages. */
export function CustomerListPage() {
  return <EmptyState title="Customers" />;
}
