import { NativeSelect, SimpleGrid, TextInput } from "@mantine/core";
import { useState } from "react";

interface EffectiveFromProps {
  /** In the browser's zone, as its field takes it; "" is now. */
  value: string;
  onChange: (value: string) => void;
  error?: string | undefined;
}

/** From when a version holds. */
export function EffectiveFrom({ value, onChange, error }: EffectiveFromProps) {
  const [later, setLater] = useState(value !== "");
  const choose = (next: boolean) => {
    setLater(next);
    if (!next) onChange("");
  };
  return (
    <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="md">
      <NativeSelect label="Takes effect" size="sm" value={later ? "then" : "now"} error={later ? undefined : error} onChange={(event) => choose(event.currentTarget.value === "then")}
        data={[{ value: "now", label: "At once" }, { value: "then", label: "At another moment" }]} />
      {later && <TextInput label="From" type="datetime-local" required withAsterisk={false} value={value} error={error} onChange={(event) => onChange(event.currentTarget.value)} />}
    </SimpleGrid>
  );
}

/** The moment that is sent; null is now. */
export const momentOf = (value: string) => (value === "" ? null : new Date(value).toISOString());
