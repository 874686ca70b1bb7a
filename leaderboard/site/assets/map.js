"use strict";
(() => {
  const source = document.getElementById("drawings");
  if (!source) return;
  const drawings = JSON.parse(source.textContent);
  const pane = document.getElementById("map");
  const svg = document.getElementById("roads");
  const choice = document.getElementById("choice");
  const told = document.getElementById("told");
  const bar = document.getElementById("bar");
  const barLength = document.getElementById("bar-length");
  const [, , width, height] = svg.getAttribute("viewBox").split(" ").map(Number);
  const layer = (name) => svg.querySelector(`path.${name}`);
  const MOST = 200; // times nearer than the whole tile
  let view = { x: 0, y: 0, w: width, h: height };

  // The view: a box of the tile. `scale` is pixels of the screen for one step.
  const scale = () => Math.min(pane.clientWidth / view.w, pane.clientHeight / view.h) || 1;
  const show = () => {
    svg.setAttribute("viewBox", `${view.x} ${view.y} ${view.w} ${view.h}`);
    const units = (100 / scale()) * drawings.step;
    const power = 10 ** Math.floor(Math.log10(units));
    const round = [5, 2, 1].find((one) => one * power <= units) * power;
    bar.style.width = `${(round / drawings.step) * scale()}px`;
    barLength.textContent = `${Number(round.toPrecision(3))} ${drawings.unit}`;
  };
  const whole = () => { view = { x: 0, y: 0, w: width, h: height }; show(); };
  const move = (dx, dy) => {
    view.x = Math.min(Math.max(view.x + dx, -view.w / 2), width - view.w / 2);
    view.y = Math.min(Math.max(view.y + dy, -view.h / 2), height - view.h / 2);
    show();
  };
  const place = (clientX, clientY) => { // of the screen, in steps of the tile
    const box = pane.getBoundingClientRect();
    const k = scale();
    return {
      x: view.x + view.w / 2 + (clientX - box.left - pane.clientLeft - pane.clientWidth / 2) / k,
      y: view.y + view.h / 2 + (clientY - box.top - pane.clientTop - pane.clientHeight / 2) / k,
    };
  };
  const middle = () => ({ x: view.x + view.w / 2, y: view.y + view.h / 2 });
  const zoom = (times, at = middle()) => { // `at` stays where it is
    const w = Math.min(Math.max(view.w / times, width / MOST), width * 1.5);
    const k = w / view.w;
    view = { x: at.x - (at.x - view.x) * k, y: at.y - (at.y - view.y) * k, w, h: view.h * k };
    move(0, 0);
  };

  pane.addEventListener("wheel", (event) => {
    event.preventDefault();
    const lines = event.deltaMode === 1 ? 33 : 1;
    zoom(Math.exp(-Math.max(Math.min(event.deltaY * lines, 300), -300) / 400),
      place(event.clientX, event.clientY));
  }, { passive: false });

  // One pointer moves the map, two stretch it.
  const pointers = new Map();
  const spread = () => {
    const [a, b] = [...pointers.values()];
    return { d: Math.hypot(a.x - b.x, a.y - b.y) || 1, x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
  };
  pane.addEventListener("pointerdown", (event) => {
    if (event.button > 0 || pointers.size === 2) return;
    pane.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    pane.classList.add("held");
  });
  pane.addEventListener("pointermove", (event) => {
    const old = pointers.get(event.pointerId);
    if (!old) return;
    const now = { x: event.clientX, y: event.clientY };
    const k = scale();
    if (pointers.size === 1) {
      pointers.set(event.pointerId, now);
      move((old.x - now.x) / k, (old.y - now.y) / k);
      return;
    }
    const before = spread();
    pointers.set(event.pointerId, now);
    const after = spread();
    move((before.x - after.x) / k, (before.y - after.y) / k);
    zoom(after.d / before.d, place(after.x, after.y));
  });
  for (const name of ["pointerup", "pointercancel"]) {
    pane.addEventListener(name, (event) => {
      pointers.delete(event.pointerId);
      if (!pointers.size) pane.classList.remove("held");
    });
  }

  const keys = {
    ArrowLeft: () => move(-view.w / 8, 0), ArrowRight: () => move(view.w / 8, 0),
    ArrowUp: () => move(0, -view.h / 8), ArrowDown: () => move(0, view.h / 8),
    "+": () => zoom(1.4), "=": () => zoom(1.4), "-": () => zoom(1 / 1.4), "0": whole,
  };
  pane.addEventListener("keydown", (event) => {
    if (!keys[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    keys[event.key]();
  });
  const moves = { in: () => zoom(1.4), out: () => zoom(1 / 1.4), whole };
  for (const button of document.querySelectorAll("button[data-move]")) {
    button.addEventListener("click", moves[button.dataset.move]);
  }
  for (const box of document.querySelectorAll("input[data-layer]")) {
    const set = () => { layer(box.dataset.layer).style.display = box.checked ? "" : "none"; };
    box.addEventListener("change", set);
    set();
  }

  // One prediction at a time; the address says which, so that a link can.
  const draw = () => {
    const one = choice && drawings.of[choice.value];
    for (const name of ["pred", "missed", "invented"]) {
      layer(name).setAttribute("d", one ? one[name] : "");
    }
    const text = one ? one.told : "";
    told.textContent = text;
    svg.setAttribute("aria-label", `Roads of the tile. ${text}`);
  };
  const fromAddress = () => {
    const name = decodeURIComponent(location.hash.slice(1));
    if (choice && Object.hasOwn(drawings.of, name)) choice.value = name;
    draw();
  };
  layer("gt").setAttribute("d", drawings.gt);
  if (choice) {
    choice.addEventListener("change", () => {
      history.replaceState(null, "", `#${choice.value}`);
      draw();
    });
  }
  addEventListener("hashchange", fromAddress);
  addEventListener("resize", show);
  fromAddress();
  show();
})();
