// The sums of an offer while it is typed; the server works them out again when it is sent.
const KILO = 1000;
const NEAR_PERCENT = 80;

function start(form) {
  const turkish = form.dataset.lang === "tr";
  const locale = turkish ? "tr-TR" : "en-GB";
  const rate = Number(form.dataset.rate);
  const amounts = new Intl.NumberFormat(locale, { minimumFractionDigits: 2, maximumFractionDigits: 4 });
  const kilos = new Intl.NumberFormat(locale, { maximumFractionDigits: 3 });

  // A price of nothing as the server writes it shows where the sign of the currency stands.
  const money = (amount) => form.dataset.money.replace(/[\d.,]+/, amounts.format(Number(amount.toFixed(4))));
  const weight = (grams) => (grams >= KILO ? `${kilos.format(grams / KILO)} kg` : `${kilos.format(grams)} g`);

  // 1.234,50 in Turkish, 1,234.50 elsewhere; what is no number counts as nothing, the server says so.
  function read(input) {
    const text = input.value.trim().replaceAll(" ", "");
    const plain = turkish && text.includes(",") ? text.replaceAll(".", "").replace(",", ".") : text.replaceAll(",", "");
    const number = Number(plain);
    return Number.isFinite(number) && number > 0 ? number : 0;
  }

  function put(place, text) {
    const isolated = document.createElement("bdi");
    isolated.textContent = text;
    place.replaceChildren(isolated);
  }

  function fill(kind, used, most) {
    const meter = form.querySelector(`[data-limit=${kind}] [role=meter]`);
    if (!meter || !most) return;
    const percent = Math.ceil((used / most) * 100 - 1e-9);
    const level = percent > 100 ? "bad" : percent >= NEAR_PERCENT ? "near" : "ok";
    meter.setAttribute("class", `gauge order-meter order-meter-${level}`);
    meter.setAttribute("aria-valuenow", Math.min(100, percent));
    meter.setAttribute("aria-valuetext", `${percent}%`);
    meter.querySelector("rect").setAttribute("width", Math.min(100, percent));
  }

  function show() {
    let total = 0;
    let grams = 0;
    for (const line of form.querySelectorAll("[data-line]")) {
      const [quantity, price, discount] = [...line.querySelectorAll("input")].map(read);
      const amount = Math.max(0, quantity * price - discount);
      put(line.querySelector("[data-amount]"), money(amount));
      total += amount;
      grams += quantity * Number(line.dataset.grams);
    }
    for (const input of form.querySelectorAll("[data-charges] input")) total += read(input);
    put(form.querySelector("[data-total]"), money(total));
    put(form.querySelector("[data-weight]"), weight(grams));
    fill("g", grams, Number(form.dataset.mostG));
    fill("eur", rate ? total / rate : 0, Number(form.dataset.mostEur));
  }

  form.addEventListener("input", show);
  show();
}

document.querySelectorAll("[data-offer]").forEach(start);
