import tseslint from 'typescript-eslint';

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', 'bench/peers/', '**/*.cjs', '**/*.mjs', '**/*.js'] },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@typescript-eslint/no-extraneous-class': 'off', // Nest modules are empty classes
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true }], // `_gone` says: taken out on purpose
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-unnecessary-type-parameters': 'off', // sql<T>() reads a row type the compiler cannot see
      '@typescript-eslint/require-await': 'off', // Nest handlers are async by contract (commandBus throws synchronously otherwise)
      '@typescript-eslint/no-non-null-assertion': 'off', // noUncheckedIndexedAccess makes `!` the plain word for "this index exists"
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off', // DTO classes are declared for OpenAPI and answered as literals
      'no-console': 'error',
      'no-restricted-imports': ['error', { paths: [{ name: 'class-transformer', importNames: ['Transform', 'Exclude', 'Expose'], message: 'libs/runtime/http/rules.ts makes what keeps its rules without class-transformer, and knows of @Type only.' }] }],
    },
  },
  { files: ['**/*.spec.ts', 'bench/**', 'libs/testing/**', 'services/*/testing/**'], rules: { 'no-console': 'off', '@typescript-eslint/no-unsafe-assignment': 'off', '@typescript-eslint/no-unsafe-member-access': 'off', '@typescript-eslint/no-unsafe-argument': 'off', '@typescript-eslint/no-misused-spread': 'off', 'no-restricted-imports': 'off' } },
);
