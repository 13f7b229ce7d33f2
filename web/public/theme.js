// Before anything is drawn: the colours that were chosen, if they were chosen.
try {
  const theme = localStorage.getItem('theme')
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme
} catch {
  // no storage, no choice
}
