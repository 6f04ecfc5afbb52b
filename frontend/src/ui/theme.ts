import { createTheme, type CSSVariablesResolver, type MantineColorsTuple } from "@mantine/core";

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
  autoContrast: true,
  luminanceThreshold: 0.33,
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
    Button: { defaultProps: { size: "xs", fz: 13 } },
    ActionIcon: { defaultProps: { variant: "subtle", color: "gray", size: 28 } },
    TextInput: { defaultProps: { size: "sm" } },
    PasswordInput: { defaultProps: { size: "sm" } },
    Select: { defaultProps: { size: "sm", comboboxProps: { shadow: "sm" } } },
    MultiSelect: { defaultProps: { size: "sm" } },
    Textarea: { defaultProps: { size: "sm" } },
    Checkbox: { defaultProps: { size: "xs" } },
    Menu: { defaultProps: { shadow: "sm", position: "bottom-end", offset: 4 } },
    Modal: { defaultProps: { centered: true, shadow: "sm", overlayProps: { backgroundOpacity: 0.35 } } },
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
    "--hairline": "#e4e7ea",
    "--quiet": "#f6f7f8",
    "--hover": "#f3f5f6",
    "--chosen": "#effaf7",
    "--good": "#1d7a3a",
    "--warn": "#8f5b00",
    "--bad": "#b42323",
    "--going": "#1f5fae",
  },
  dark: {
    "--mantine-color-body": "#16191c",
    "--mantine-color-text": "#e3e6e8",
    "--mantine-color-dimmed": "#9aa1a6",
    "--mantine-color-placeholder": "#8a9197",
    "--mantine-color-error": "#ff8f8f",
    "--mantine-color-anchor": "#7fcfbf",
    "--hairline": "#2c3135",
    "--quiet": "#1c2023",
    "--hover": "#1f2427",
    "--chosen": "#16302c",
    "--good": "#6fcf8b",
    "--warn": "#e5b25c",
    "--bad": "#ff8f8f",
    "--going": "#7fb3f2",
  },
});
