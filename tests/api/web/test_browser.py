"""The pages in a real browser: layout, contrast, keyboard, and nothing blocked or run that should not be."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.expected_conditions import staleness_of
from selenium.webdriver.support.ui import WebDriverWait

from tests.api.web.conftest import serving
from tests.api.web.sample import SampleData

CHROMIUM, DRIVER = "/usr/bin/chromium", "/usr/bin/chromedriver"
pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(
        not (Path(CHROMIUM).exists() and Path(DRIVER).exists()),
        reason="no browser: sudo apt-get install -y chromium chromium-driver fonts-noto-cjk",
    ),
]

PATHS = [
    "/",
    "/?q=liability&level=high",
    "/?q=*a",
    "/documents/doc-en",
    "/documents/doc-zh?at=110-140",
    "/partners/northwind",
    "/findings?outcome=",
    "/documents",
    "/partners",
    "/hits",
    "/rules",
    "/rules/clause/unlimited-liability",
    "/terms/Governing%20Law",
    "/documents/none",
]

# Contrast of every visible text against the nearest painted background (WCAG 2.2, 1.4.3: 4.5, or 3 for large text).
CONTRAST = """
const linear = v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4;
const luminance = c => { const [r, g, b] = c.map(v => linear(v / 255)); return .2126 * r + .7152 * g + .0722 * b; };
const parse = s => (s.match(/[\\d.]+/g) || []).map(Number);
const bad = [];
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
let checked = 0;
while (walker.nextNode()) {
  const e = walker.currentNode.parentElement;
  const shown = e.checkVisibility({opacityProperty: true}) && !e.closest('option, .skip');
  if (!walker.currentNode.data.trim() || !shown) continue;
  const style = getComputedStyle(e);
  let box = e, ground = [255, 255, 255];
  while (box) {
    const c = parse(getComputedStyle(box).backgroundColor);
    if (c.length === 3 || c[3] > .99) { ground = c.slice(0, 3); break; }
    box = box.parentElement;
  }
  const a = luminance(parse(style.color).slice(0, 3)), b = luminance(ground);
  const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
  const large = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && style.fontWeight >= 700);
  checked++;
  const words = walker.currentNode.data.trim().slice(0, 40);
  if (ratio < (large ? 3 : 4.5)) bad.push([words, ratio.toFixed(2), style.color, ground.join()]);
}
return [checked, bad];
"""
SMALL_TARGETS = """
const targets = 'nav a, button, select, input:not([type=hidden]), .facets a, .chosen a, .language, .brand';
return [...document.querySelectorAll(targets)]
  .filter(e => e.checkVisibility()).map(e => [e.outerHTML.slice(0, 80), e.getBoundingClientRect()])
  .filter(([, r]) => r.height < 24 || r.width < 24).map(([html, r]) => [html, r.width, r.height]);
"""


def browser(width: int, height: int, *, dark: bool = False, script: bool = True) -> Any:
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-proxy-server"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    if not script:
        options.add_experimental_option("prefs", {"profile.managed_default_content_settings.javascript": 2})
    driver = webdriver.Chrome(options=options, service=Service(DRIVER))
    metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    scheme = [
        {"name": "prefers-color-scheme", "value": "dark" if dark else "light"},
        {"name": "prefers-reduced-motion", "value": "reduce"},
    ]
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": scheme})
    return driver


@pytest.fixture(scope="module")
def place() -> Iterator[str]:
    with serving(SampleData()) as address:
        yield address


def with_language(path: str, language: str) -> str:
    return f"{path}{'&' if '?' in path else '?'}lang={language}"


@pytest.mark.parametrize(("width", "dark"), [(1360, False), (1360, True), (320, False)])
def test_pages_fit_have_contrast_and_break_no_policy(place: str, tmp_path: Path, width: int, dark: bool) -> None:
    driver = browser(width, 900, dark=dark)
    try:
        for number, path in enumerate(PATHS):
            for language in ("en", "zh"):
                driver.get(place + with_language(path, language))
                driver.save_screenshot(str(tmp_path / f"{number}-{language}-{width}-{'dark' if dark else 'light'}.png"))
                assert driver.execute_script("return document.documentElement.scrollWidth") <= width, path
                checked, bad = driver.execute_script(CONTRAST)
                assert checked > 10, path
                assert bad == [], path
                assert driver.execute_script(SMALL_TARGETS) == [], path
        log = [entry for entry in driver.get_log("browser") if "status of 40" not in entry["message"]]
        assert log == []
    finally:
        driver.quit()
    assert len(list(tmp_path.iterdir())) == 2 * len(PATHS)


def test_text_and_findings_lead_to_each_other_by_click_and_by_key(place: str) -> None:
    driver = browser(1200, 600)

    def active() -> tuple[list[str], set[str]]:
        cards = driver.find_elements(By.CSS_SELECTOR, ".finding.active")
        marks = driver.find_elements(By.CSS_SELECTOR, "mark.active")
        return [card.get_attribute("id") for card in cards], {mark.get_attribute("data-findings") for mark in marks}

    def in_view(selector: str) -> bool:
        found = "const r = document.querySelector(arguments[0]).getBoundingClientRect();"
        return bool(driver.execute_script(found + "return r.bottom > 0 && r.top < innerHeight", selector))

    try:
        driver.get(place + "/documents/doc-en?lang=en")
        assert active() == ([], set())
        driver.find_element(By.CSS_SELECTOR, "mark[data-findings='2'] a").click()
        assert active() == (["finding-2"], {"2"})
        assert in_view("#finding-2")
        driver.find_element(By.CSS_SELECTOR, "#finding-2 .message").click()
        body = driver.find_element(By.TAG_NAME, "body")
        body.send_keys("k")
        assert active() == (["finding-1"], {"1"})
        assert in_view("mark[data-findings='1']")
        body.send_keys("k")
        body.send_keys("k")
        assert active() == (["finding-0"], {"0"})
        body.send_keys("j")
        assert active() == (["finding-1"], {"1"})
        driver.find_element(By.CSS_SELECTOR, "#finding-0 blockquote a").click()
        assert active() == (["finding-0"], {"0"})
        assert in_view("mark[data-findings='0']")
        body.send_keys("/")
        field = driver.switch_to.active_element
        assert field.get_attribute("name") == "q"
        field.send_keys("jk")
        assert active() == (["finding-0"], {"0"})
        driver.get(place + "/documents/doc-en?lang=en&at=0#evidence-1-0")
        assert active() == (["finding-1"], {"1"})
    finally:
        driver.quit()


def test_everything_works_without_javascript_and_by_keyboard(place: str) -> None:
    driver = browser(1000, 700, script=False)
    try:
        driver.get(place + "/?lang=en")
        field = driver.find_element(By.NAME, "q")
        field.send_keys("liability", Keys.ENTER)
        WebDriverWait(driver, 30).until(staleness_of(field))
        hit = driver.find_element(By.CSS_SELECTOR, ".hit h2 a")
        hit.send_keys(Keys.ENTER)
        WebDriverWait(driver, 30).until(staleness_of(hit))  # keys may return before the answer is there
        assert driver.current_url.endswith("#passage")
        assert driver.find_element(By.CLASS_NAME, "passage").text == "liability"
        driver.find_element(By.CSS_SELECTOR, "mark[data-findings='1'] a").send_keys(Keys.ENTER)
        assert driver.current_url.endswith("#finding-1")
        driver.find_element(By.TAG_NAME, "body").send_keys(Keys.TAB)
        language = driver.find_element(By.CLASS_NAME, "language")
        language.click()
        WebDriverWait(driver, 30).until(staleness_of(language))
        assert "发现" in driver.find_element(By.TAG_NAME, "main").text
    finally:
        driver.quit()
