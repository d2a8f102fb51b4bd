import eslint from '@eslint/js';
import { builtinModules } from 'node:module';
import tseslint from 'typescript-eslint';

/** Builtins and clients that must never reach the deterministic workflow sandbox. */
const forbiddenInWorkflows = [
  ...builtinModules.flatMap((name) => [name, `node:${name}`]).filter((name) => !/^(node:)?assert$/.test(name)),
  '@temporalio/activity',
  '@temporalio/client',
  '@temporalio/worker',
  '@duckdb/node-api',
  '@databricks/sql',
  'axios',
];

/**
 * A double that makes Temporal's failures itself decides whether they are retried, and may decide otherwise than the
 * product. Doubles throw TraceliftError, which src/activities/failure-interceptor.ts translates.
 */
const failuresOfTemporal = [
  "CallExpression[callee.object.name='ApplicationFailure'][callee.property.name=/^(create|nonRetryable|retryable|fromError)$/]",
  "NewExpression[callee.name='ApplicationFailure']",
].map((selector) => ({ selector, message: 'Throw TraceliftError: whether it is retried is for the product to say.' }));

export default tseslint.config(
  { ignores: ['dist/**', 'node_modules/**', 'coverage/**', 'test/fixtures/**'] },
  eslint.configs.recommended,
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-unnecessary-condition': [
        'error',
        { allowConstantLoopConditions: 'only-allowed-literals' },
      ],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-non-null-assertion': 'error',
      'require-atomic-updates': 'error',
      complexity: ['error', 12],
      'max-lines': ['error', { max: 300, skipBlankLines: false, skipComments: false }],
      'max-lines-per-function': ['error', { max: 50, skipBlankLines: true, skipComments: true }],
    },
  },
  {
    files: ['src/{workflows,errors,json,tables}/**/*.ts'],
    rules: { 'no-restricted-imports': ['error', { paths: forbiddenInWorkflows }] },
  },
  {
    // Hashing is pure; only what workflows load must do without it.
    files: ['src/{trace,monitor}/**/*.ts'],
    rules: {
      'no-restricted-imports': ['error', { paths: forbiddenInWorkflows.filter((name) => name !== 'node:crypto') }],
    },
  },
  {
    files: ['test/**/*.ts', 'bench/**/*.ts'],
    rules: {
      // A describe block is a table of contents, not a function to keep short.
      'max-lines-per-function': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/require-await': 'off',
      'no-restricted-syntax': ['error', ...failuresOfTemporal],
    },
  },
  {
    files: ['**/*.mjs'],
    extends: [tseslint.configs.disableTypeChecked],
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        URL: 'readonly',
        setTimeout: 'readonly',
        setInterval: 'readonly',
        fetch: 'readonly',
        AbortSignal: 'readonly',
      },
    },
  },
);
