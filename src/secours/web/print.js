// Prints a page that is made for paper: by its button, and at once where the address
// asks for that.
{
  const button = document.getElementById("print");
  button.hidden = false;
  button.addEventListener("click", () => window.print());
  if (new URLSearchParams(location.search).get("print") === "1")
    window.addEventListener("load", () => window.print());
}
