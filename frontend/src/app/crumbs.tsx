import { useMatches } from "@tanstack/react-router";
import { useSyncExternalStore } from "react";
import { TextLink } from "../ui/links.tsx";
import { crumbName, watchCrumb } from "../ui/crumb.ts";
import { places } from "./places.ts";
import styles from "./shell.module.css";

/** Where the page stands: "Customers / Jane Doe". */
export function Crumbs() {
  const matches = useMatches();
  const name = useSyncExternalStore(watchCrumb, crumbName);
  const last = matches.at(-1);
  const path = last?.pathname ?? "";
  const place = places.find(({ to }) => path === to || path.startsWith(`${to}/`));
  const crumb = last?.staticData.crumb;
  const own = name ?? (crumb === place?.label ? undefined : crumb);
  return (
    <div className={styles.crumbs}>
      {place?.group && <><span>{place.group}</span><span aria-hidden="true">/</span></>}
      {place && (own ? <><TextLink to={place.to}>{place.label}</TextLink><span aria-hidden="true">/</span></> : <span>{place.label}</span>)}
      {own && <span>{own}</span>}
    </div>
  );
}
