import { fireEvent, screen, within } from "@testing-library/react";
import { CombinedError } from "urql";
import { expect, test, vi } from "vitest";
import { type Column, DataTable } from "./data-table.tsx";
import { EmptyState } from "./states.tsx";
import { draw } from "./testing.tsx";

interface Person {
  id: string;
  name: string;
  orders: number;
}

const columns: Column<Person>[] = [
  { id: "name", header: "Name", cell: (person) => person.name, sort: "NAME" },
  { id: "orders", header: "Orders", cell: (person) => person.orders, align: "right" },
];
const people = Array.from({ length: 60 }, (_, index) => ({ id: `cus_${index}`, name: `Person ${index}`, orders: index }));
const common = { label: "People", columns, rowId: (person: Person) => person.id, empty: <EmptyState title="No people yet" /> };

test("draws skeletons until the first answer", async () => {
  draw(<DataTable {...common} rows={undefined} fetching skeletonRows={5} />);
  expect(await screen.findAllByTestId("skeleton-row")).toHaveLength(5);
});

test("says that there is nothing", async () => {
  draw(<DataTable {...common} rows={[]} />);
  expect(await screen.findByText("No people yet")).toBeTruthy();
});

test("shows why it failed, and asks again", async () => {
  const retry = vi.fn();
  const error = new CombinedError({ graphQLErrors: [{ message: "x", extensions: { code: "INTERNAL", traceId: "t-77" } }] });
  draw(<DataTable {...common} rows={undefined} error={error} onRetry={retry} />);
  expect(await screen.findByText("t-77")).toBeTruthy();
  fireEvent.click(screen.getByRole("button", { name: "Retry" }));
  expect(retry).toHaveBeenCalledOnce();
});

test("names the missing permission", async () => {
  const error = new CombinedError({ graphQLErrors: [{ message: "x", extensions: { code: "FORBIDDEN", permission: "customer.read" } }] });
  draw(<DataTable {...common} rows={undefined} error={error} />);
  expect(await screen.findByText("customer.read")).toBeTruthy();
});

test("draws all rows, sorts by a click on the header, hides columns", async () => {
  const onSort = vi.fn();
  draw(<DataTable {...common} rows={people} sort={{ field: "NAME", direction: "ASC" }} onSort={onSort} hidden={["orders"]} />);
  const table = await screen.findByRole("table", { name: "People" });
  expect(within(table).getAllByRole("row")).toHaveLength(61);
  expect(screen.queryByText("Orders")).toBeNull();
  fireEvent.click(screen.getByRole("button", { name: "Name" }));
  expect(onSort).toHaveBeenCalledWith({ field: "NAME", direction: "DESC" });
});

test("j, k, x and Enter walk, select and open", async () => {
  const onOpen = vi.fn();
  const onChange = vi.fn();
  draw(<DataTable {...common} rows={people} onOpen={onOpen} selection={{ ids: new Set(["cus_5"]), onChange }} />);
  await screen.findByText("Person 0");
  for (const key of ["j", "j", "j", "k", "x", "Enter"]) fireEvent.keyDown(document.body, { key });
  expect(onChange).toHaveBeenCalledWith(new Set(["cus_5", "cus_1"]));
  expect(onOpen).toHaveBeenCalledWith(people[1]);
});

test("a click on a row opens it, a click on its box selects it", async () => {
  const onOpen = vi.fn();
  const onChange = vi.fn();
  draw(<DataTable {...common} rows={people} onOpen={onOpen} selection={{ ids: new Set(), onChange }} />);
  fireEvent.click(await screen.findByText("Person 7"));
  expect(onOpen).toHaveBeenCalledExactlyOnceWith(people[7]);
  fireEvent.click(screen.getByRole("checkbox", { name: "Select row 8" }));
  expect(onChange).toHaveBeenCalledWith(new Set(["cus_7"]));
  expect(onOpen).toHaveBeenCalledOnce();
});
