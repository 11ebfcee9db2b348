"""One request over one connection: to the judged address, in its host's name."""

from __future__ import annotations

import logging
from collections.abc import Mapping

import httpx

from bot.errors import PageError, PageUnavailable
from bot.pages.answering import late, named
from bot.pages.guard import Checked

#: Seconds to connect, and between two pieces of an answer.
CONNECT_SECONDS, READ_SECONDS = 10.0, 20.0
#: Addresses of one host that are tried.
MOST_ADDRESSES = 3

_UNBELIEVED = (
    "{host} shows a certificate that is not its own, is out of date, or that nobody known has signed. It is asked again "
    "later. If it is a server of yours, name who signs its certificates in SSL_CERT_FILE."
)

# httpcore writes down the headers of answers, with addresses that hold keys, whenever the level is not set on it.
logging.getLogger("httpcore").setLevel(logging.INFO)


def new_transport() -> httpx.AsyncHTTPTransport:
    """Connections as this door wants them: no proxy of the environment, and none that is used twice.

    Whom it believes: the certificates that come with httpx, those of this machine, and SSL_CERT_FILE's.
    """
    context = httpx.create_ssl_context(trust_env=False)
    context.load_default_certs()
    # A connection belongs to a name by its certificate, and the pool knows addresses only: none is kept.
    return httpx.AsyncHTTPTransport(verify=context, trust_env=False, limits=httpx.Limits(max_keepalive_connections=0))


async def sent(transport: httpx.AsyncBaseTransport, page: Checked, headers: Mapping[str, str]) -> httpx.Response:
    """The head of the answer to a GET, from the first of the host's addresses that takes the connection; close it.

    Asked below httpx's client: no cookies, no redirects, and no line in the log that holds a query.
    Raises PageUnavailable.
    """
    failure: PageError | None = None
    for address in page.addresses[:MOST_ADDRESSES]:
        try:
            return await transport.handle_async_request(_request(page, address, headers))
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            failure = PageUnavailable(
                _UNBELIEVED.format(host=page.host)
                if "CERTIFICATE_VERIFY_FAILED" in str(error)
                else f"{page.host} could not be reached. It may work later.",
                cause=f"{named(page)}: {address}: {type(error).__name__}: {error}",
            )
        except httpx.TimeoutException as error:
            raise late(page) from error
        except httpx.TransportError as error:
            raise PageUnavailable(
                f"{page.host} gave no answer that can be read. It may work later.",
                cause=f"{named(page)}: {type(error).__name__}: {error}",
            ) from error
    raise failure or late(page)


def _request(page: Checked, address: str, headers: Mapping[str, str]) -> httpx.Request:
    bracketed = f"[{address}]" if ":" in address else address
    patience = {"connect": CONNECT_SECONDS, "read": READ_SECONDS, "write": READ_SECONDS, "pool": CONNECT_SECONDS}
    return httpx.Request(
        "GET",
        httpx.URL(f"{page.scheme}://{bracketed}:{page.port}").copy_with(raw_path=httpx.URL(page.url).raw_path),
        headers={"Host": page.netloc, "Connection": "close", **headers},
        # The certificate is checked against the name, not against the address.
        extensions={"sni_hostname": page.host, "timeout": patience},
    )
