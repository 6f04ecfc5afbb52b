import { type ButtonProps, createTheme, type CSSVariablesResolver, type MantineColorsTuple } from "@mantine/core";

const accent: MantineColorsTuple = [
  "#effaf7", "#d8f1eb", "#b0e3d7", "#7fcfbf", "#4fb6a4", "#2b9a88", "#178072", "#0f6b60", "#0d564e", "#0a433d",
];
const dark: MantineColorsTuple = [
  "#d5d8da", "#b4b9bd", "#9aa1a6", "#6c747a", "#3b4146", "#2c3135", "#212529", "#16191c", "#101315", "#0b0d0f",
];

/** The look of the app: system fonts, 14 px text, one accent, 6 px corners, spacing 4 8 12 16 24 32. */
export const theme = createTheme({
  primaryColor: "accent",
  primaryShade: { light: 7, dark: 4 },
  colors: { accent, dark },
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif',
  fontFamilyMonospace: 'ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace',
  fontSizes: { xs: "12px", sm: "13px", md: "14px", lg: "16px", xl: "20px" },
  lineHeights: { xs: "1.4", sm: "1.45", md: "1.5", lg: "1.5", xl: "1.4" },
  spacing: { xs: "4px", sm: "8px", md: "12px", lg: "16px", xl: "24px" },
  radius: { xs: "3px", sm: "6px", md: "6px", lg: "6px", xl: "6px" },
  defaultRadius: "sm",
  headings: {
    fontWeight: "600",
    sizes: {
      h1: { fontSize: "20px", lineHeight: "1.4" },
      h2: { fontSize: "16px", lineHeight: "1.5" },
      h3: { fontSize: "14px", lineHeight: "1.5" },
    },
  },
  // sm: below it the side bar is a drawer; md: below it the side bar shows icons only.
  breakpoints: { xs: "30em", sm: "43.75em", md: "68.75em", lg: "80em", xl: "90em" },
  components: {
    // The accent is light in the dark scheme, so what stands on it is dark there.
    Button: {
      defaultProps: { size: "xs", fz: 13 },
      vars: (_theme: unknown, props: ButtonProps) => ({
        root: (props.variant ?? "filled") === "filled" && props.color === undefined ? { "--button-color": "var(--on-accent)" } : {},
      }),
    },
    ActionIcon: { defaultProps: { variant: "subtle", color: "gray", size: 28 } },
    TextInput: { defaultProps: { size: "sm" } },
    PasswordInput: { defaultProps: { size: "sm" } },
    Select: { defaultProps: { size: "sm", comboboxProps: { shadow: "sm" } } },
    MultiSelect: { defaultProps: { size: "sm" } },
    Textarea: { defaultProps: { size: "sm" } },
    InputWrapper: { styles: { label: { fontSize: 13 }, description: { fontSize: 12 }, error: { fontSize: 12 } } },
    Checkbox: { defaultProps: { size: "xs", iconColor: "var(--on-accent)" }, styles: { label: { fontSize: 13 }, description: { fontSize: 12, marginTop: 0 } } },
    Switch: { styles: { label: { fontSize: 13 }, description: { fontSize: 12, marginTop: 0 } } },
    Code: { styles: { root: { "--code-fz": "12px" } } },
    // Without its placeholder for the first focus, which is no item of a menu and must not be found among them.
    Menu: { defaultProps: { shadow: "sm", position: "bottom-end", offset: 4, withInitialFocusPlaceholder: false }, styles: { item: { padding: "6px 10px", fontSize: 13 }, itemSection: { marginInlineEnd: 10 } } },
    // The header of a dialog is no banner of the page: there is one of those already.
    Drawer: { defaultProps: { attributes: { header: { role: "presentation" } } } },
    Modal: { defaultProps: { centered: true, padding: "lg", shadow: "sm", overlayProps: { backgroundOpacity: 0.35 }, attributes: { header: { role: "presentation" } } } },
    Tooltip: { defaultProps: { openDelay: 300, withArrow: false, fz: "xs" } },
    Anchor: { defaultProps: { underline: "hover" } },
  },
});

/** Greys and reds whose contrast on the page is at least 4.5 : 1, and the hairline. */
export const variables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    "--mantine-color-body": "#ffffff",
    "--mantine-color-text": "#1b1f23",
    "--mantine-color-dimmed": "#5b636b",
    "--mantine-color-placeholder": "#6a7279",
    "--mantine-color-error": "#b42323",
    "--mantine-color-anchor": "#0f6b60",
    "--on-accent": "#ffffff",
    "--hairline": "#e4e7ea",
    "--quiet": "#f6f7f8",
    "--hover": "#f3f5f6",
    "--chosen": "#effaf7",
    "--good": "#1d7a3a",
    "--warn": "#8f5b00",
    "--bad": "#b42323",
    "--going": "#1f5fae",
    "--place-hover": "#ebedef",
    "--place-on": "#dcece8",
    "--me": "#d8f1eb",
    "--me-text": "#0d564e",
    "--notice": "#fdf1d8",
    "--notice-text": "#6b4400",
    "--bad-notice": "#fdeaea",
    "--bad-notice-text": "#8f1b1b",
  },
  dark: {
    "--mantine-color-body": "#16191c",
    "--mantine-color-text": "#e3e6e8",
    "--mantine-color-dimmed": "#9aa1a6",
    "--mantine-color-placeholder": "#8a9197",
    "--mantine-color-error": "#ff8f8f",
    "--mantine-color-anchor": "#7fcfbf",
    "--on-accent": "#06231f",
    "--hairline": "#2c3135",
    "--quiet": "#1c2023",
    "--hover": "#1f2427",
    "--chosen": "#16302c",
    "--good": "#6fcf8b",
    "--warn": "#e5b25c",
    "--bad": "#ff8f8f",
    "--going": "#7fb3f2",
    "--place-hover": "#262b2f",
    "--place-on": "#17332f",
    "--me": "#17332f",
    "--me-text": "#b0e3d7",
    "--notice": "#3a2f18",
    "--notice-text": "#f0d9a8",
    "--bad-notice": "#3a1f20",
    "--bad-notice-text": "#ffb9b9",
  },
});
