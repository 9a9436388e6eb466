// The price panel computes while a quantity is typed, by the same rules as the server (kervan.products.quantity).
const NEAR_PERCENT = 80;
const KILO = 1000;

function start(panel) {
  const { lang, one, many } = panel.dataset;
  const locale = lang === "tr" ? "tr-TR" : "en-GB";
  const gross = Number(panel.dataset.gross) || 0;
  const moq = Number(panel.dataset.moq);
  const step = Number(panel.dataset.step);
  const input = panel.querySelector("[name=quantity]");
  const problem = panel.querySelector("[data-problem]");
  const limits = panel.querySelector("[data-limits]");
  const tiers = [...panel.querySelectorAll("tr[data-from]")].map((row) => ({
    row,
    from: Number(row.dataset.from),
    price: Number(row.dataset.price),
  }));
  const plurals = new Intl.PluralRules(locale);
  const figure = new Intl.NumberFormat(locale);

  // A price of nothing as the server writes it (€0.00, USD 0,00) shows where the sign of the currency stands.
  const amounts = new Intl.NumberFormat(locale, { minimumFractionDigits: 2, maximumFractionDigits: 4 });
  const money = (amount, pattern) => pattern.replace(/[\d.,]+/, amounts.format(Number(amount.toFixed(4))));
  const kilos = new Intl.NumberFormat(locale, { maximumFractionDigits: 3 });
  const weight = (grams) => (grams >= KILO ? `${kilos.format(grams / KILO)} kg` : `${figure.format(grams)} g`);
  const counted = (n) => `${figure.format(n)} ${plurals.select(n) === "one" ? one : many}`;

  function put(selector, text, root = panel) {
    const place = root?.querySelector(selector);
    if (!place) return;
    const isolated = document.createElement("bdi");
    isolated.textContent = text;
    place.replaceChildren(isolated);
  }

  // A sentence with {placeholders}; what fills them is isolated, so that it keeps its own direction.
  function say(place, sentence, values) {
    const parts = sentence.split(/\{(\w+)\}/).map((part, n) => {
      if (n % 2 === 0) return part;
      const isolated = document.createElement("bdi");
      isolated.textContent = values[part] ?? "";
      return isolated;
    });
    place.replaceChildren(...parts);
  }

  function refusal(quantity) {
    if (!Number.isInteger(quantity) || quantity < moq) return panel.dataset.few;
    const rest = (quantity - moq) % step;
    if (!rest) return "";
    const lower = quantity - rest;
    return panel.dataset.odd.replace("{lower}", figure.format(lower)).replace("{upper}", figure.format(lower + step));
  }

  function gauge(kind, used, most, text) {
    const box = limits.querySelector(`[data-gauge=${kind}]`);
    if (!box) return 0;
    const percent = (used / most) * 100;
    box.dataset.level = percent > 100 ? "over" : percent >= NEAR_PERCENT ? "near" : "ok";
    box.querySelector("rect").setAttribute("width", Math.min(100, Math.floor(percent)));
    const meter = box.querySelector("[role=meter]");
    meter.setAttribute("aria-valuenow", Math.min(100, Math.floor(percent)));
    meter.setAttribute("aria-valuetext", text(used));
    put("[data-used]", limits.dataset.used.replace("{used}", text(used)).replace("{limit}", text(most)), box);
    return percent;
  }

  function orderable(most, least) {
    const stepped = most - ((most - moq) % step);
    return stepped >= Math.max(moq, least) ? stepped : 0;
  }

  function largest(maxGrams, maxEur, rate) {
    const byWeight = gross ? Math.floor(maxGrams / gross) : Infinity;
    if (!rate || !tiers.length) return orderable(byWeight, 1);
    const value = maxEur * rate;
    return Math.max(
      ...tiers.map(({ from, price }, n) => {
        const to = tiers[n + 1] ? tiers[n + 1].from - 1 : Infinity;
        return orderable(Math.min(Math.floor(value / price + 1e-9), to, byWeight), from);
      }),
    );
  }

  function judge(quantity, total) {
    const maxGrams = Number(limits.dataset.maxG);
    const maxEur = Number(limits.dataset.maxEur);
    const rate = Number(limits.dataset.eurRate);
    const grams = gross * quantity;
    // Cents are rounded up, as the server does: the limit is an upper one.
    const eur = rate ? Math.ceil((total / rate) * 100 - 1e-6) / 100 : 0;
    const byWeight = gauge("weight", grams, maxGrams, weight);
    const byValue = gauge("value", eur, maxEur, (amount) => money(amount, panel.dataset.euro));
    const verdict = limits.querySelector("[data-verdict]");
    const known = limits.querySelector("[data-gauge]");
    if (!known) return;
    const kind = byWeight >= byValue ? "weight" : "value";
    const left = kind === "weight" ? maxGrams - grams : maxEur - eur;
    const text = kind === "weight" ? weight(Math.abs(left)) : money(Math.abs(left), panel.dataset.euro);
    const most = largest(maxGrams, maxEur, rate);
    const sentence = limits.dataset[`${kind}${most === 0 ? "None" : left < 0 ? "Over" : "Left"}`];
    say(verdict, sentence, { left: text, over: text, most: counted(most) });
  }

  function show() {
    const quantity = Number(input.value);
    const complaint = refusal(quantity);
    problem.textContent = complaint;
    input.toggleAttribute("aria-invalid", Boolean(complaint));
    if (complaint) input.setAttribute("aria-invalid", "true");
    if (!Number.isInteger(quantity) || quantity < 1) return;
    const tier = tiers.filter((entry) => entry.from <= quantity).at(-1) ?? tiers[0];
    for (const { row } of tiers) row.removeAttribute("aria-current");
    tier?.row.setAttribute("aria-current", "true");
    const total = tier ? tier.price * quantity : 0;
    if (tier) put("[data-total]", money(total, panel.dataset.money));
    if (gross) put("[data-gross-shown]", panel.dataset.grossText.replace("{weight}", weight(gross * quantity)));
    if (limits) judge(quantity, total);
  }

  input.addEventListener("input", show);
  // Enter would load the page for what is shown already; the address still takes the quantity, so that it can be sent on.
  // The buttons that lead to another address are left alone.
  panel.querySelector("form").addEventListener("submit", (event) => {
    if (event.submitter?.hasAttribute("formaction")) return;
    event.preventDefault();
    history.replaceState(null, "", `?quantity=${encodeURIComponent(input.value)}`);
    show();
  });
}

document.querySelectorAll("[data-quantity]").forEach(start);
