import { Menu, type MenuItemProps } from "@mantine/core";
import { createLink } from "@tanstack/react-router";
import type { AnchorHTMLAttributes, Ref } from "react";

type Attributes = Omit<AnchorHTMLAttributes<HTMLAnchorElement>, keyof MenuItemProps> & { ref?: Ref<HTMLAnchorElement> };

/** A line of a menu that goes to another page of the app. */
export const MenuLink = createLink((props: MenuItemProps & Attributes) => <Menu.Item component="a" {...props} />);
