// The page Flash with "This Pi": the gateway flashes simulated boards that hang at its ports, and the page shows how that goes.
import assert from "node:assert/strict";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { before, test } from "node:test";
import { assertNoComplaints } from "./lib/browser.mjs";
import { flashBoard, imageFor, simulator } from "./lib/flashboard.mjs";
import { sharedHouse } from "./lib/house.mjs";
import { publish } from "./lib/mosquitto.mjs";
import { until } from "./lib/wait.mjs";

const house = sharedHouse(
  `[flash]\nports = [${JSON.stringify(join(tmpdir(), "board-*", "port"))}]\n`,
);
const { gateway } = house;
const long = { timeout: 150_000 }; // of a whole job, on a busy machine

let image;
before(async () => {
  image = (await simulator()).image;
  await until(() => house.owner, "the gateway to be claimed");
});

/** The page, with that board chosen and the form filled in. */
async function filled(t, it, name, { template = "lamp", ...options } = {}) {
  const page = await house.open(t, "/flash", options);
  if (
    await page
      .the("flash-no-image")
      .or(page.the("flash-image"))
      .getByText("There is none yet")
      .count()
  )
    await give(page, image);
  await page.the("flash-port", { name: it.port }).getByRole("radio").check();
  await page.the("flash-name").fill(name);
  await page.the("flash-template").selectOption(template);
  await page.the("flash-ssid").fill("home");
  await page.the("flash-password").fill("secret of the house");
  return page;
}

async function give(page, file) {
  await page.the("flash-image-file").setInputFiles(file);
  await page.the("flash-image", "1.27.0").waitFor();
}

test("without an image the page says what to fetch, and takes nothing else for one", async (t) => {
  const it = await flashBoard(t);
  const page = await house.open(t, "/flash");
  await page
    .the("flash-no-image")
    .getByRole("link", { name: "micropython.org/download/ESP8266_GENERIC/" })
    .waitFor();
  await page.the("flash-port", { name: it.port }).getByRole("radio").check();
  await page.the("flash-lacks", "a MicroPython image").waitFor();
  assert(await page.the("flash-start").isDisabled());
  await page.the("flash-image-file").setInputFiles({
    name: "holiday.bin",
    mimeType: "application/octet-stream",
    buffer: Buffer.alloc(700_000, "no image"),
  });
  await page.the("flash-image-error", /no.* image|not an image/i).waitFor();
  await page.the("flash-no-image").waitFor();
  await give(page, image);
  await page.reload();
  await page.the("flash-image", "1.27.0").waitFor();
  assertNoComplaints(page, /^4\d\d PUT .*image/);
});

test("a bare board comes online, its flash is the image byte for byte, and its lamp is lit from the bus", async (t) => {
  const page = await house.open(t, "/flash");
  await page.the("flash-form").waitFor();
  const it = await flashBoard(t); // plugged in while the page is open
  await page.the("flash-port", { name: it.port }).waitFor();
  await page
    .the("flash-port", { name: it.port })
    .getByTestId("flash-detect")
    .click();
  await page
    .the("flash-port", { name: it.port })
    .getByText("ESP8266, 4 MB of flash")
    .waitFor();
  await page.close();

  const form = await filled(t, it, "Alert lamp");
  await form.the("flash-template-about", "red D5").waitFor();
  await form.the("flash-template-about", "devices/alert-lamp/alert").waitFor();
  await form.the("flash-start").click();
  await form.the("flash-job", { state: "done" }).waitFor(long);
  await form.the("flash-done", "Alert lamp is online").waitFor();
  assert.deepEqual(
    it.flash().subarray(0, imageFor(image).length),
    imageFor(image),
  );
  await publish(gateway, "devices/alert-lamp/alert", "red");
  await it.line(/^lamp red/);

  await form.the("flash-see").click();
  await form.the("board-state", "online").waitFor();
  await form.goBack();
  await form.the("flash-map").click();
  await form.the("editor").waitFor();
  assertNoComplaints(form);
});
