import { defineConfig } from "eslint/config";
import tseslint from "typescript-eslint";

const programs = ["**/main.ts", "bench/**/*.ts", "**/demo/**/*.ts", "**/bin/**/*.ts", "**/*.js"];

export default defineConfig(
  { ignores: ["**/dist/", "**/node_modules/", "**/generated/", "data/", "coverage/"] },
  {
    files: ["**/*.ts"],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      "@typescript-eslint/no-floating-promises": ["error", { checkThenables: true }],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      "@typescript-eslint/restrict-template-expressions": [
        "error",
        { allowNumber: true, allowBoolean: true },
      ],
      "@typescript-eslint/switch-exhaustiveness-check": [
        "error",
        { considerDefaultExhaustiveForUnions: true },
      ],
      "@typescript-eslint/consistent-type-imports": "error",
      "no-console": "error",
      "no-restricted-syntax": [
        "error",
        { selector: "ExportDefaultDeclaration", message: "Named exports only." },
      ],
    },
  },
  { files: programs, rules: { "no-console": "off" } },
  { files: ["*.config.ts"], rules: { "no-restricted-syntax": "off" } },
);
