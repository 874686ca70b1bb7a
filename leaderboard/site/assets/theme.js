"use strict";
(() => {
  const root = document.documentElement;
  const names = ["auto", "light", "dark"];
  const read = () => { try { return localStorage.getItem("theme"); } catch { return null; } };
  const show = (name) => {
    if (name === "auto") delete root.dataset.theme; else root.dataset.theme = name;
  };
  let theme = names.includes(read()) ? read() : "auto";
  show(theme);
  document.addEventListener("DOMContentLoaded", () => {
    const button = document.getElementById("theme");
    const label = () => { button.textContent = `Theme: ${theme}`; };
    button.hidden = false;
    label();
    button.addEventListener("click", () => {
      theme = names[(names.indexOf(theme) + 1) % names.length];
      show(theme);
      label();
      try { localStorage.setItem("theme", theme); } catch { /* pages of a folder may have no store */ }
    });
  });
})();
