"""A window of WebKitGTK as Capacitor's webview on iOS: the page comes from the scheme `capacitor`, calls of the bridge go out by
the message handler `bridge`, and settings are asked for by `prompt`. Lines of JSON on standard input and output are the way in:
{"id", "run"} evaluates an expression in the page and answers {"id", "value"} or {"id", "error"}; {"reload": true} loads the page
anew. {"bridge"} is a call of the page to native code, {"get", "id"} a request to the webview's own server for another
address, which {"got", "status", "type", "body"} answers.

Arguments: the folder of the page's files, the profile's folder, the path that is shown, the script that is run before the
page's own, and `true` where CapacitorHttp is on.
"""

import json
import sys
import threading
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import gi

gi.require_version("Gtk", "3.0")
gi.require_version("Soup", "3.0")
gi.require_version("WebKit2", "4.1")
from gi.repository import Gio, GLib, Gtk, Soup, WebKit2  # noqa: E402

files, profile, shown, script, http = sys.argv[1:]
TYPES = {".html": "text/html", ".js": "text/javascript"}
waiting = {}


def tell(**message):
    print(json.dumps(message), flush=True)


def serve(request):
    """What `WebViewAssetHandler.swift` does: files of the app, and GETs that the patched `fetch` sends here."""
    address = urlsplit(request.get_uri())
    if address.path.startswith("/_capacitor_http_interceptor_"):
        waiting[str(id(request))] = request
        headers = {}
        request.get_http_headers().foreach(lambda name, value: headers.__setitem__(name, value))
        tell(get=parse_qs(address.query)["u"][0], id=str(id(request)), headers=headers)
        return
    path = Path(files, address.path.lstrip("/") or "index.html")
    if path.is_file():
        answer(request, 200, TYPES.get(path.suffix, "text/plain"), path.read_bytes())
    else:
        answer(request, 404, "text/plain", b"not found")


def answer(request, status, kind, body):
    stream = Gio.MemoryInputStream.new_from_bytes(GLib.Bytes.new(body))
    response = WebKit2.URISchemeResponse.new(stream, len(body))
    response.set_status(status, None)
    headers = Soup.MessageHeaders.new(Soup.MessageHeadersType.RESPONSE)
    headers.append("Content-Type", kind)
    response.set_http_headers(headers)
    response.set_content_type(kind)
    request.finish_with_response(response)


def on_dialog(_, dialog):
    if dialog.get_dialog_type() == WebKit2.ScriptDialogType.PROMPT:
        asked = json.loads(dialog.get_message()).get("type")
        dialog.prompt_set_text(http if asked == "CapacitorHttp" else "false")
    return True


def evaluate(message):
    def done(view, result):
        try:
            value = view.call_async_javascript_function_finish(result)
            tell(id=message["id"], value=json.loads(value.to_string()))
        except Exception as error:
            tell(id=message["id"], error=str(error))

    body = "const value = await (" + message["run"] + "); return JSON.stringify(value === undefined ? null : value)"
    view.call_async_javascript_function(body, -1, None, None, None, None, done)


def take(message):
    if "run" in message:
        evaluate(message)
    elif "reload" in message:
        view.reload()
    elif "got" in message:
        answer(waiting.pop(message["got"]), message["status"], message["type"], message["body"].encode())


def listen():
    for line in sys.stdin:
        GLib.idle_add(take, json.loads(line))
    GLib.idle_add(Gtk.main_quit)


manager = WebKit2.WebsiteDataManager(
    base_data_directory=f"{profile}/data", base_cache_directory=f"{profile}/cache"
)
context = WebKit2.WebContext.new_with_website_data_manager(manager)
context.register_uri_scheme("capacitor", serve)
context.get_security_manager().register_uri_scheme_as_cors_enabled("capacitor")
content = WebKit2.UserContentManager()
content.connect("script-message-received::bridge", lambda _, sent: tell(bridge=json.loads(sent.get_js_value().to_json(0))))
content.register_script_message_handler("bridge")
content.add_script(
    WebKit2.UserScript(
        Path(script).read_text(),
        WebKit2.UserContentInjectedFrames.TOP_FRAME,
        WebKit2.UserScriptInjectionTime.START,
        None,
        None,
    )
)
view = WebKit2.WebView(web_context=context, user_content_manager=content)
view.connect("script-dialog", on_dialog)
view.connect("load-changed", lambda _, event: event == WebKit2.LoadEvent.FINISHED and tell(loaded=True))
view.connect("load-failed", lambda _, event, address, error: print(f"{address} was not loaded: {error}", file=sys.stderr))
view.connect("web-process-terminated", lambda *_: tell(terminated=True))
window = Gtk.Window()
window.add(view)
window.show_all()
view.load_uri("capacitor://localhost" + shown)
threading.Thread(target=listen, daemon=True).start()
Gtk.main()
