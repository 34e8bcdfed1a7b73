const THEMES = ['system', 'light', 'dark'];
const STORED = 'larder-theme';

export function storedTheme() {
  const stored = localStorage.getItem(STORED);
  return THEMES.includes(stored) ? stored : 'system';
}

export const nextTheme = (theme) => THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length];

export function applyTheme(theme) {
  document.documentElement.dataset.theme = theme;
  localStorage.setItem(STORED, theme);
}
