// Without this script every claim is shown; with it the reader chooses which.
(function () {
  var form = document.getElementById("filters");
  if (!form) return;
  var items = Array.prototype.slice.call(document.querySelectorAll(".claims > li[data-word]"));
  var parts = Array.prototype.slice.call(document.querySelectorAll(".part"));
  function choose() {
    var text = form.elements.text.value.trim().toLowerCase(), shown = 0;
    items.forEach(function (item) {
      var fits = ["word", "doc", "subsystem", "priority"].every(function (name) {
        var wanted = form.elements[name].value;
        return !wanted || item.dataset[name] === wanted;
      });
      fits = fits && item.textContent.toLowerCase().indexOf(text) >= 0;
      item.hidden = !fits;
      if (fits) shown += 1;
    });
    parts.forEach(function (part) {
      part.hidden = !part.querySelector(".claims > li:not([hidden])");
      if (text && part.querySelector("details")) part.querySelector("details").open = true;
    });
    form.querySelector("output").textContent = shown + " of " + items.length + " claims";
  }
  form.hidden = false;
  form.addEventListener("input", choose);
  form.addEventListener("submit", function (event) { event.preventDefault(); });
  choose();
})();
