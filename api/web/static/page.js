// Comfort on top of pages that work without it: moving between findings and their words, and "/" for the search field.
(function () {
  "use strict";

  var search = document.querySelector("input[type=search]");
  var list = document.querySelector("[data-findings-list]");
  var cards = list ? Array.prototype.slice.call(list.querySelectorAll("[data-finding]")) : [];
  var marks = Array.prototype.slice.call(document.querySelectorAll("mark[data-findings]"));
  var current = -1;
  var calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;

  function covers(mark, number) {
    return mark.dataset.findings.split(" ").indexOf(String(number)) >= 0;
  }

  function show(element, block) {
    element.scrollIntoView({ behavior: calm ? "auto" : "smooth", block: block });
  }

  function activate(number, from) {
    if (number < 0 || number >= cards.length) { return; }
    current = number;
    cards.forEach(function (card, index) { card.classList.toggle("active", index === number); });
    marks.forEach(function (mark) { mark.classList.toggle("active", covers(mark, number)); });
    var first = marks.filter(function (mark) { return covers(mark, number); })[0];
    if (first && from !== "text") { show(first, "center"); }
    if (from !== "card") {
      // The side list scrolls by itself on wide screens; on narrow ones it lies below the text.
      if (list.scrollHeight > list.clientHeight + 1) {
        list.scrollTo({ top: cards[number].offsetTop - list.offsetTop - 8, behavior: calm ? "auto" : "smooth" });
      } else if (from === "text") {
        show(cards[number], "start");
      }
    }
    if (from === "keys") { cards[number].focus({ preventScroll: true }); }
  }

  marks.forEach(function (mark) {
    mark.addEventListener("click", function (event) {
      if (event.ctrlKey || event.metaKey || event.shiftKey) { return; }
      event.preventDefault();
      var numbers = mark.dataset.findings.split(" ").map(Number);
      // A second click on words with several findings goes on to the next of them.
      var at = numbers.indexOf(current);
      activate(numbers[(at + 1) % numbers.length], "text");
    });
  });

  cards.forEach(function (card, index) {
    card.addEventListener("click", function (event) {
      var link = event.target.closest("a");
      if (event.target.closest("summary") || (link && link.hash.indexOf("#evidence-") !== 0)) { return; }
      if (link && !document.getElementById(link.hash.slice(1))) { return; }
      if (event.ctrlKey || event.metaKey || event.shiftKey) { return; }
      event.preventDefault();
      activate(index, "card");
    });
  });

  if (cards.length) {
    var keys = list.querySelector(".keys");
    if (keys) { keys.hidden = false; }
    var opened = /^#(?:finding|evidence)-(\d+)/.exec(window.location.hash);
    if (opened) { activate(Number(opened[1]), "load"); }
  }

  document.addEventListener("keydown", function (event) {
    var field = event.target.closest("input, textarea, select");
    if (field || event.ctrlKey || event.metaKey || event.altKey) { return; }
    if (event.key === "/" && search) { event.preventDefault(); search.focus(); search.select(); }
    if (event.key === "j" && cards.length) { event.preventDefault(); activate(Math.min(current + 1, cards.length - 1), "keys"); }
    if (event.key === "k" && cards.length) { event.preventDefault(); activate(Math.max(current - 1, 0), "keys"); }
  });
})();
