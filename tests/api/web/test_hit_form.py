"""Deciding on a hit in a real browser, without JavaScript: a partner's page, the page of hits, and the way back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.expected_conditions import staleness_of
from selenium.webdriver.support.ui import Select, WebDriverWait

from api.web.links import hit_anchor
from kb.base import KnowledgeBase
from kb.settings import Settings
from tests.api.hit_store import OF_CHINESE, OF_PARTNER, fill
from tests.api.serving import serving
from tests.api.web.test_browser import browser
from tests.api.web.test_browser import pytestmark as pytestmark


@pytest.fixture
def place(tmp_path: Path) -> Iterator[str]:
    (tmp_path / "files").mkdir()
    settings = Settings(data=tmp_path / "data")
    with KnowledgeBase.open(tmp_path / "data", write=True, settings=settings) as kb:
        fill(kb, tmp_path / "files")
    with serving(settings) as address:
        yield address


def card(driver: Any, hit: str) -> Any:
    return driver.find_element(By.ID, hit_anchor(hit))


def decide(driver: Any, hit: str, verdict: str, reason: str) -> None:
    """Fill in the form of a hit and send it by keyboard."""
    form = card(driver, hit).find_element(By.TAG_NAME, "form")
    if not form.is_displayed():
        card(driver, hit).find_element(By.CSS_SELECTOR, ".decide > summary").click()
    Select(form.find_element(By.NAME, "verdict")).select_by_value(verdict)
    form.find_element(By.NAME, "actor").send_keys("A. Chen")
    form.find_element(By.NAME, "reason").send_keys(reason, Keys.ENTER)
    if reason:  # keys may return before the answer is there; without a reason nothing is sent
        left(driver, form)


def left(driver: Any, element: Any) -> None:
    """Wait until the page an element stood on is gone."""
    WebDriverWait(driver, 30).until(staleness_of(element))


def test_a_hit_is_decided_taken_back_and_listed_in_both_languages(place: str) -> None:
    driver = browser(1100, 900, script=False)
    try:
        driver.get(f"{place}/partners/suppliers%2FS1?lang=en")
        assert "The partner is on a watch list" in driver.find_element(By.TAG_NAME, "main").text
        # The browser itself keeps an empty reason from being sent.
        decide(driver, OF_PARTNER, "false-positive", "")
        assert driver.current_url.endswith("?lang=en")
        driver.get(f"{place}/partners/suppliers%2FS1?lang=en")
        decide(driver, OF_PARTNER, "false-positive", "Another company number <b>seen</b>.")
        assert driver.current_url.endswith(f"/partners/suppliers%2FS1#{hit_anchor(OF_PARTNER)}")
        text = card(driver, OF_PARTNER).text
        assert "FALSE POSITIVE" in text.upper()
        assert "A. Chen decided on" in text
        assert "<b>seen</b>" in text
        assert "The partner is on a watch list" not in driver.find_element(By.TAG_NAME, "main").text
        decide(driver, OF_PARTNER, "open", "Wrong file.")
        card(driver, OF_PARTNER).find_element(By.CSS_SELECTOR, "details:not(.decide):has(ol) > summary").click()
        acts = [one.text for one in card(driver, OF_PARTNER).find_elements(By.CSS_SELECTOR, "ol li")]
        assert [("false positive" in acts[0]), ("take the decision back" in acts[1])] == [True, True]
        assert "The partner is on a watch list" in driver.find_element(By.TAG_NAME, "main").text

        driver.get(f"{place}/hits?lang=zh")
        assert "宁波海岳贸易有限公司" in card(driver, OF_CHINESE).text
        decide(driver, OF_CHINESE, "true-match", "证件号一致。")  # the numbers agree
        assert "确为同一主体" in card(driver, OF_CHINESE).text
        assert "A. Chen 于" in card(driver, OF_CHINESE).text
        every = driver.find_element(By.LINK_TEXT, "全部命中")  # all hits
        every.click()
        left(driver, every)
        Select(driver.find_element(By.NAME, "status")).select_by_value("true-match")
        apply = driver.find_element(By.CSS_SELECTOR, "form[action='/hits'] button")
        apply.click()
        left(driver, apply)
        shown = driver.find_elements(By.CSS_SELECTOR, "article.finding")
        assert [one.get_attribute("id") for one in shown] == [hit_anchor(OF_CHINESE)]
        log = [entry for entry in driver.get_log("browser") if "status of 40" not in entry["message"]]
        assert log == []
    finally:
        driver.quit()
