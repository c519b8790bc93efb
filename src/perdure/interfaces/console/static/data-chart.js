// Draws the option that the server wrote. Colours are names of tokens, so both themes fit.
import { init } from "./echarts.svg.min.js";

const SHARE = (value) => `${Number((value * 100).toFixed(value < 0.01 ? 2 : 1))} %`;
const FORMATS = { share: SHARE, number: (value) => Number(value).toLocaleString("en", { maximumFractionDigits: 3 }) };

function colour(probe, name) {
  probe.className = "";
  probe.style.color = `var(--${name})`;
  return getComputedStyle(probe).color;
}

function resolved(value, probe) {
  if (typeof value === "string") {
    if (value.startsWith("$")) return colour(probe, value.slice(1));
    return value.startsWith("@") ? FORMATS[value.slice(1)] : value;
  }
  if (Array.isArray(value)) return value.map((part) => resolved(part, probe));
  if (value && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, resolved(part, probe)]));
  }
  return value;
}

class DataChart extends HTMLElement {
  connectedCallback() {
    this.probe = document.createElement("span");
    this.probe.hidden = true;
    this.parentElement.append(this.probe);
    this.chart = init(this, null, { renderer: "svg" });
    this.draw();
    this.resizing = new ResizeObserver(() => this.chart.resize());
    this.resizing.observe(this);
    this.redraw = () => this.draw();
    document.addEventListener("themechange", this.redraw);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", this.redraw);
  }

  disconnectedCallback() {
    this.resizing.disconnect();
    document.removeEventListener("themechange", this.redraw);
    this.chart.dispose();
  }

  draw() {
    const option = resolved(JSON.parse(this.dataset.option), this.probe);
    this.chart.setOption({ animation: false, textStyle: { fontFamily: "Inter, system-ui, sans-serif" }, ...option }, true);
    this.dataset.drawn = "";
  }
}

customElements.define("data-chart", DataChart);
