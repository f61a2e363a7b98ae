"""The page of an act: what its changes touch, the laws that cite it, and a decision made and taken back by a form."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.support.expected_conditions import staleness_of
from selenium.webdriver.support.ui import Select, WebDriverWait

from api.service.impact_decisions import impact_histories
from kb.base import KnowledgeBase
from kb.settings import Settings
from tests.api.law_texts import NEW_LAW, OLD_LAW
from tests.api.serving import serving
from tests.api.test_citing_laws import ACT, RULES_2020, Place, items
from tests.api.web.test_browser import CHROMIUM, CONTRAST, DRIVER, SMALL_TARGETS, browser

PAGE = f"/law/{httpx.URL(ACT).path.replace('/', '%2F')}/impact"


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A data directory, and the id of the item about article 2 of a citing law, which rests on a deleted article."""
    folder = tmp_path_factory.mktemp("law-form")
    with KnowledgeBase.open(folder / "data", write=True) as kb:
        place = Place(kb, folder)
        place.store("示例采购条例(2018-10-26).md", OLD_LAW)
        place.store("采购档案管理办法(2020-03-01).md", RULES_2020)
        said = "自2024年7月1日起施行，但第四条自2024年9月1日起施行。"  # in force then, but article 4 later
        place.store("示例采购条例(2023-12-29).md", NEW_LAW.replace("自2024年7月1日起施行。", said))
        item = items(place.ledger())["2", "7"]["id"]
    return folder / "data", item


@pytest.fixture(scope="module")
def address(stored: tuple[Path, str]) -> Iterator[str]:
    with serving(Settings(data=stored[0])) as found:
        yield found


@pytest.fixture
def client(address: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=address, timeout=60, trust_env=False) as opened:
        yield opened


@pytest.mark.parametrize(
    ("language", "laws", "decide", "article"),
    [("en", "Laws that cite it", "Decide", "art. 3(1)(1)"), ("zh", "引用该法的法律", "作出决定", "第3(1)(1)条")],
)
def test_the_page_lists_the_laws_that_cite_an_act_in_both_languages(
    client: httpx.Client, language: str, laws: str, decide: str, article: str
) -> None:
    page = client.get(PAGE, params={"lang": language}).text
    for words in (
        laws,
        decide,
        article,
        "2024-09-01",
        "第四条自2024年9月1日起施行",
        "采购档案管理办法",
        "cn/采购档案管理办法@2020-03-01",
    ):
        assert words in page
    assert page.count('action="/impact-acts"') == 5


def test_a_form_from_elsewhere_or_without_reason_is_refused(client: httpx.Client, stored: tuple[Path, str]) -> None:
    form = {"item": stored[1], "act": ACT, "state": "none", "reason": "Not from here."}
    refused = client.post("/impact-acts", data=form, headers={"Origin": "https://elsewhere.example"})
    assert refused.status_code == 403
    assert client.post("/impact-acts", data={**form, "reason": "  "}).status_code in {400, 422}
    assert client.post("/impact-acts", data={**form, "state": "perhaps"}).status_code in {400, 422}
    assert client.post("/impact-acts", data={**form, "item": "imp-0000000000000000"}).status_code == 404
    answer = client.get(f"/v1/impact/{stored[1]}/decisions").json()
    assert "Not from here." not in str(answer)


def test_a_made_decision_leads_back_to_its_item(client: httpx.Client, stored: tuple[Path, str]) -> None:
    form = {"item": stored[1], "act": ACT, "state": "informational", "reason": "Seen by counsel."}
    done = client.post("/impact-acts", data=form)
    assert (done.status_code, done.headers["location"].endswith(f"/impact#{stored[1]}")) == (303, True)
    assert "Seen by counsel." in client.get(done.headers["location"].partition("#")[0]).text


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.skipif(
    not (Path(CHROMIUM).exists() and Path(DRIVER).exists()),
    reason="no browser: sudo apt-get install -y chromium chromium-driver fonts-noto-cjk",
)
def test_a_reviewer_decides_in_a_browser_without_javascript_and_takes_it_back(
    address: str, stored: tuple[Path, str]
) -> None:
    data, item = stored
    driver = browser(1000, 900, script=False)

    def decide(language: str, state: str, reason: str) -> str:
        driver.get(f"{address}{PAGE}?lang={language}")
        row = driver.find_element(By.ID, item)
        row.find_element(By.CSS_SELECTOR, "details summary").click()
        Select(row.find_element(By.NAME, "state")).select_by_value(state)
        row.find_element(By.NAME, "reason").send_keys(reason)
        row.find_element(By.CSS_SELECTOR, "form.act button").click()
        WebDriverWait(driver, 30).until(staleness_of(row))  # a click may return before the answer is there
        shown = driver.find_element(By.ID, item)
        if not shown.find_element(By.CSS_SELECTOR, "details").get_attribute("open"):
            shown.find_element(By.CSS_SELECTOR, "details summary").click()
        return str(shown.text)

    try:
        after = decide("en", "blocking", "Counsel: the archive rule has no basis left.")
        assert driver.current_url.endswith(f"#{item}")
        assert after.startswith("Blocking Law")
        assert "Counsel: the archive rule has no basis left." in after
        back = decide("zh", "open", "误判，撤回。")  # a mistake, taken back
        assert back.startswith("须处理 法律")
        assert "已撤回" in back
        assert "Counsel: the archive rule has no basis left." in back, "the history stays"
        missing = driver.find_element(By.ID, item).find_element(By.NAME, "reason")
        assert missing.get_attribute("required") is not None
    finally:
        driver.quit()
    wide = browser(1000, 900)
    try:
        wide.get(f"{address}{PAGE}?lang=en")
        wide.execute_script("for (const one of document.querySelectorAll('details')) one.open = true")
        checked, bad = wide.execute_script(CONTRAST)
        assert checked > 10
        assert bad == []
        assert wide.execute_script(SMALL_TARGETS) == []
    finally:
        wide.quit()
    with KnowledgeBase.open(data, write=False) as kb:
        made = impact_histories(kb.audit)[item]
    assert [(one.state, one.actor) for one in made[-2:]] == [("blocking", "web"), ("open", "web")]
