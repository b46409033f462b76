// Parts of Streamlit's page, beyond its public interface: see streamlit_seams.py.
// It stands before skeleton.js and before watch.js, as one script with each.

// Whether it hears its server; a frozen one it still hears.
function streamlitState() {
  return document.querySelector("[data-test-connection-state]")
    ?.getAttribute("data-test-connection-state");
}

function streamlitMain() {
  return document.querySelector('[data-testid="stMain"]');
}

// The colours of its own parts.
function storeStreamlitTheme(theme) {
  try {
    localStorage.setItem(`stActiveTheme-${location.pathname}-v2`, JSON.stringify(theme));
  } catch { /* no storage: its own choice of colours holds */ }
}

