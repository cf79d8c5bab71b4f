import { defineConfig } from "eslint/config";
import tseslint from "typescript-eslint";

export default defineConfig(
  { ignores: ["node_modules/**"] },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "no-console": "error",
    },
  },
  {
    // ARNs come from access/arn.ts, which knows the partition of a Region. The sandbox has the partition aws alone.
    files: ["automation/**", "components/**", "functions/**", "policy/**", "stacks/**"],
    rules: {
      "no-restricted-syntax": [
        "error",
        ...["Literal[value=/arn:aws:/]", "TemplateElement[value.raw=/arn:aws:/]"].map((selector) => ({
          selector,
          message: "build ARNs with access/arn.ts, which knows the partition of a Region",
        })),
      ],
    },
  },
  { files: ["**/*.js", "**/*.mjs"], rules: { "@typescript-eslint/no-require-imports": "off" } },
);
