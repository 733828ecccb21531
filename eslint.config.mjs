import tseslint from "typescript-eslint";

export default tseslint.config(
  { ignores: ["dist/", "policies/dist/", "node_modules/", "examples/**/node_modules/"] },
  ...tseslint.configs.strictTypeChecked,
  ...tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "@typescript-eslint/explicit-module-boundary-types": "error",
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
      "@typescript-eslint/switch-exhaustiveness-check": "error",
      eqeqeq: "error",
      "no-console": "error",
    },
  },
  { files: ["**/*.mjs"], ...tseslint.configs.disableTypeChecked },
  { files: ["examples/**"], ...tseslint.configs.disableTypeChecked },
  // What talks to a person: the command line, the provider's notices, the test runner and the bench.
  {
    files: ["provider/cli/**", "provider/lifecycle/context.ts", "test/run.ts", "test/bench/**"],
    rules: { "no-console": "off" },
  },
);
