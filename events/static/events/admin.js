// Every id can be copied: one listener for all buttons, also those that come later.
document.addEventListener("click", async (click) => {
  const button = click.target.closest(".op-copy");
  if (!button) return;
  click.preventDefault();
  await navigator.clipboard.writeText(button.dataset.copy);
  button.classList.add("op-copied");
  setTimeout(() => button.classList.remove("op-copied"), 1500);
});
