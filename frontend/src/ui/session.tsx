import { createContext, type ReactNode, use } from "react";

/** Who is signed in and what that person may do. */
export interface Viewer {
  id: string;
  name: string;
  email: string | null;
  roles: string[];
  permissions: string[];
}

const ViewerContext = createContext<Viewer | null>(null);

/** Says who is signed in to everything inside. */
export function ViewerProvider({ viewer, children }: { viewer: Viewer; children: ReactNode }) {
  return <ViewerContext value={viewer}>{children}</ViewerContext>;
}

/** The signed-in person. Only for pages inside the shell. */
export function useViewer(): Viewer {
  const viewer = use(ViewerContext);
  if (!viewer) throw new Error("useViewer is for pages inside the shell.");
  return viewer;
}

/** Whether the signed-in person holds a permission: `const can = useCan(); can("customer.write")`. */
export function useCan(): (permission: string) => boolean {
  const { permissions } = useViewer();
  return (permission) => permissions.includes(permission);
}
