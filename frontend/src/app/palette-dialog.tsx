import "@mantine/spotlight/styles.layer.css";
import { Spotlight, spotlight, type SpotlightActionData, type SpotlightActionGroupData } from "@mantine/spotlight";
import { useDebouncedValue } from "@mantine/hooks";
import { IconCode, IconFileImport, IconSearch, IconUserPlus } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { useQuery } from "urql";
import { graphql } from "../graphql.ts";
import { Identicon } from "../ui/identicon.tsx";
import { useCan } from "../ui/session.tsx";
import { mayUse, places } from "./places.ts";
import styles from "./palette.module.css";

const PaletteSearch = graphql(`
  query PaletteSearch($search: String!) {
    customers(first: 8, search: $search) { nodes { id displayName organization emails { id address primary } } }
  }
`);

/** Opens each time that `wanted` grows. */
export function PaletteDialog({ wanted }: { wanted: number }) {
  const navigate = useNavigate();
  const can = useCan();
  const [typed, setTyped] = useState("");
  const [search] = useDebouncedValue(typed.trim(), 150);
  useEffect(() => {
    if (wanted > 0) spotlight.open();
  }, [wanted]);
  const [{ data, fetching }] = useQuery({ query: PaletteSearch, variables: { search }, pause: search.length < 2 || !can("customer.read") });
  // The palette selects the first line when a letter is typed; people arrive later, so it is done once more.
  useEffect(() => {
    if (data && !document.querySelector("[data-action][data-selected]")) document.querySelector("[data-action]")?.setAttribute("data-selected", "true");
  }, [data]);
  const people = search.length < 2 ? [] : (data?.customers.nodes ?? []).map((customer): SpotlightActionData => ({
    id: customer.id,
    label: customer.displayName,
    description: [customer.emails?.find((email) => email.primary)?.address, customer.organization].filter(Boolean).join(" · "),
    leftSection: <Identicon id={customer.id} />,
    onClick: () => navigate({ to: "/customers/$id", params: { id: customer.id } }),
  }));
  const pages = places.filter((place) => mayUse(can, place)).map((place): SpotlightActionData => ({
    id: place.to, label: place.label, leftSection: <place.icon size={18} stroke={1.7} />, onClick: () => navigate({ to: place.to }),
  }));
  const acts: SpotlightActionData[] = [
    ...(can("customer.write") ? [{ id: "new-customer", label: "New customer", leftSection: <IconUserPlus size={18} stroke={1.7} />, onClick: () => navigate({ to: "/customers/new" }) }] : []),
    ...(can("import.run") ? [{ id: "import-customers", label: "Import customers", leftSection: <IconFileImport size={18} stroke={1.7} />, onClick: () => navigate({ to: "/imports/new" }) }] : []),
    { id: "explorer", label: "GraphQL explorer", leftSection: <IconCode size={18} stroke={1.7} />, onClick: () => navigate({ to: "/explorer" }) },
  ];
  const groups: SpotlightActionGroupData[] = [{ group: "Customers", actions: people }, { group: "Actions", actions: acts }, { group: "Pages", actions: pages }];
  return (
    <Spotlight
      actions={groups.filter(({ actions }) => actions.length > 0)}
      // The server has searched the people already; only pages and actions are narrowed here.
      filter={(query, actions) => narrow(query, actions)}
      query={typed}
      onQueryChange={setTyped}
      onSpotlightClose={() => setTyped("")}
      shortcut={null}
      scrollable
      overlayProps={{ backgroundOpacity: 0.35, blur: 0 }}
      classNames={{ actionsGroup: styles.group, inner: styles.inner, action: styles.action }}
      attributes={{ content: { "aria-label": "Search" } }}
      maxHeight={420}
      nothingFound={fetching ? "Searching ..." : "Nothing found"}
      searchProps={{ leftSection: <IconSearch size={18} />, placeholder: "Search customers, pages and actions", "aria-label": "Search" }}
    />
  );
}

function narrow(query: string, groups: (SpotlightActionData | SpotlightActionGroupData)[]): (SpotlightActionData | SpotlightActionGroupData)[] {
  const wanted = query.trim().toLowerCase();
  return groups.flatMap((group) => {
    if (!("actions" in group) || group.group === "Customers") return [group];
    const actions = group.actions.filter((action) => action.label?.toLowerCase().includes(wanted));
    return actions.length > 0 ? [{ ...group, actions }] : [];
  });
}
