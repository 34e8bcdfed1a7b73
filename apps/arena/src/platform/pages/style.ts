import { Html } from './html.js';

/** The style of the start page: a pool table's green, in light and dark, without external resources. */
export const STYLE = new Html(`
  :root { color-scheme: light dark; --cloth: #0b6b4f; --ink: #17211d; --paper: #fbfaf6; --line: #dcd9cd; --soft: #5d6a64; }
  @media (prefers-color-scheme: dark) {
    :root { --cloth: #12805f; --ink: #e8ece9; --paper: #131a17; --line: #2c3833; --soft: #9aa8a1; }
  }
  * { box-sizing: border-box; }
  body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 system-ui, sans-serif; }
  header { background: var(--cloth); color: #fff; padding: 2.5rem max(1.5rem, calc(50vw - 26rem)); }
  header h1 { margin: 0; font-size: 2.25rem; letter-spacing: -0.02em; }
  header p { margin: 0.25rem 0 0; max-width: 40rem; }
  main { display: grid; grid-template-columns: minmax(0, 1fr); gap: 2rem; padding: 2rem max(1.5rem, calc(50vw - 26rem)) 4rem; }
  h2 { margin: 0 0 0.6rem; font-size: 0.85rem; letter-spacing: 0.08em; text-transform: uppercase; color: var(--soft); }
  dl { display: grid; grid-template-columns: max-content 1fr; gap: 0.3rem 1.5rem; margin: 0; }
  dt { color: var(--soft); }
  dd { margin: 0; overflow-wrap: anywhere; }
  ul { list-style: none; margin: 0; padding: 0; }
  .figures { display: grid; grid-template-columns: repeat(auto-fill, minmax(8.5rem, 1fr)); gap: 0.75rem; }
  .figures li { border: 1px solid var(--line); border-radius: 0.6rem; padding: 0.6rem 0.9rem; color: var(--soft); }
  .figures strong { display: block; font-size: 1.4rem; color: var(--ink); font-variant-numeric: tabular-nums; }
  .links li { padding: 0.15rem 0; color: var(--soft); }
  a { color: var(--cloth); font-family: ui-monospace, monospace; margin-right: 0.6rem; }
  @media (prefers-color-scheme: dark) { a { color: #5fd0a8; } }
  a:focus-visible { outline: 2px solid currentColor; outline-offset: 2px; }
  pre { margin: 0.6rem 0 0; padding: 1rem; overflow-x: auto; border: 1px solid var(--line); border-radius: 0.6rem; font-size: 0.85rem; }
`);
