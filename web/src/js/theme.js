// Runs before the first paint: the colours someone chose, if they did. A plain script, so that nothing flashes.
try {
  const chosen = localStorage.getItem('theme')
  if (chosen === 'dark' || chosen === 'light') document.documentElement.dataset.theme = chosen
} catch {
  // Storage may be forbidden; then the system's choice stands.
}
