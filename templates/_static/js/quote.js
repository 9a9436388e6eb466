// The quote's editor adds up while it is typed; the server adds up again when it is sent.
function start(form) {
  const turkish = form.dataset.lang === "tr";
  const locale = turkish ? "tr-TR" : "en-GB";
  const currency = form.elements.currency;
  const total = form.querySelector("[data-total]");
  const line = form.querySelector("[data-total-line]");

  // As the server reads it: 12,50 in Turkish, 12.50 in English, groups left out.
  function number(text) {
    const tidy = text.trim().replace(/[\s\u00a0\u202f]/g, "");
    if (/^\d+(\.\d+)?$/.test(tidy)) return Number(tidy);
    const plain = turkish ? tidy.replace(/\./g, "").replace(",", ".") : tidy.replace(/,/g, "");
    return /^\d+(\.\d+)?$/.test(plain) ? Number(plain) : NaN;
  }

  function add() {
    const money = new Intl.NumberFormat(locale, { style: "currency", currency: currency.value, currencyDisplay: "code" });
    let sum = 0;
    let known = false;
    for (const row of form.querySelectorAll("[data-line]")) {
      const quantity = number(row.querySelector("[name^=quantity_]").value);
      const price = number(row.querySelector("[name^=price_]").value);
      const amount = Number((quantity * price).toFixed(money.resolvedOptions().maximumFractionDigits));
      const shown = row.querySelector("[data-amount]");
      shown.hidden = !(amount > 0);
      shown.textContent = amount > 0 ? money.format(amount) : "";
      if (amount > 0) {
        sum += amount;
        known = true;
      }
    }
    for (const charge of form.querySelectorAll("[name^=charges_]")) sum += number(charge.value) || 0;
    line.hidden = !known;
    total.textContent = known ? money.format(sum) : "";
  }

  form.addEventListener("input", add);
  currency.addEventListener("change", add);
  add();
}

const startAll = () => document.querySelectorAll("[data-quote]").forEach(start);
startAll();
// A refused form that was sent with files takes the place of the one before (upload.js).
document.addEventListener("form-shown", startAll);
