"""The script of the page: search and choice of kinds; the page is whole without it."""

SCRIPT = """"use strict";
(() => {
  const tools = document.getElementById("tools");
  if (!tools) return;
  const search = document.getElementById("search");
  const shown = document.getElementById("shown");
  const all = document.getElementById("all");
  const none = document.getElementById("none");
  const boxes = [...tools.querySelectorAll("input[type=checkbox]")];
  const fold = (text) => text.normalize("NFD").replace(/\\p{M}/gu, "").toLowerCase();
  const users = [...document.querySelectorAll("#actions article")].map((element) => {
    const name = element.querySelector("h3").textContent;
    const items = [...element.querySelectorAll("li[data-kind]")].map((item) => (
      {item, kind: item.dataset.kind, text: fold(name + " " + item.textContent)}));
    return {element, items};
  });
  const total = users.reduce((sum, user) => sum + user.items.length, 0);
  // A number is found as people write it: with blanks, and a 0 for the country.
  const words = () => {
    const typed = fold(search.value).trim();
    const digits = typed.replace(/[\\s+()./-]/g, "").replace(/^0+/, "");
    return /^\\d{4,}$/.test(digits) && /\\s|^0|^\\+/.test(typed) ? [digits] : typed.split(/\\s+/);
  };
  const apply = () => {
    const wanted = words();
    const kinds = new Set(boxes.filter((box) => box.checked).map((box) => box.value));
    let count = 0;
    for (const user of users) {
      let left = 0;
      for (const each of user.items) {
        const fits = (!kinds.size || kinds.has(each.kind)) && wanted.every((word) => each.text.includes(word));
        each.item.hidden = !fits;
        left += fits;
      }
      user.element.hidden = !left;
      count += left;
    }
    const number = (value) => value.toLocaleString("en");
    shown.textContent = count === total ? `${number(total)} shown` : `${number(count)} of ${number(total)} shown`;
    all.disabled = count === total;
    none.hidden = count > 0;
  };
  const reset = () => {
    search.value = "";
    for (const box of boxes) box.checked = false;
    apply();
  };
  let waiting = 0;
  search.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(apply, 80); });
  search.addEventListener("change", apply);
  for (const box of boxes) box.addEventListener("change", apply);
  all.addEventListener("click", () => { reset(); search.focus(); });
  addEventListener("hashchange", () => {
    const target = document.getElementById(location.hash.slice(1));
    if (target && target.hidden) { reset(); target.scrollIntoView(); }
  });
  // Browsers that cannot open details by style alone, on paper.
  const closed = [];
  addEventListener("beforeprint", () => {
    for (const each of document.querySelectorAll("details:not([open])")) { closed.push(each); each.open = true; }
  });
  addEventListener("afterprint", () => { for (const each of closed.splice(0)) each.open = false; });
  tools.hidden = false;
  reset();
})();
"""
