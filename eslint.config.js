import js from '@eslint/js';
import globals from 'globals';

/* What gradio gives a component's script, and what page.panel and page.module add. */
const given = { html: 'readonly', element: 'readonly', props: 'readonly', server: 'readonly', settings: 'readonly', trigger: 'readonly', watch: 'readonly' };

export default [
  { ignores: ['.venv/', 'runs/'] },
  js.configs.recommended,
  { files: ['ui/**/*.js'], languageOptions: { globals: { ...globals.browser, ...given } } },
  { files: ['tests/**/*.js', '*.js'], languageOptions: { globals: { ...globals.node, window: 'readonly' } } },
];
