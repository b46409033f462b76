"""A DNS server with a handful of records, over UDP.

Source: RFC 1035 sections 3.2, 4.1.1 (response codes); RFC 8020 (no such name).
"""

from collections.abc import Mapping

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.opcode
import dns.rcode
import dns.rdatatype
import dns.rrset

from secours.demo.servers.faults import Fault
from secours.demo.servers.loopback import UdpServer

Records = Mapping[tuple[str, str], str]
"""Values by name and record type: `("a.example.", "A"): "192.0.2.1"`."""

TTL_S = 5


class NameServer(UdpServer):
    """DNS server of its own records; when unavailable, of SERVFAIL."""

    def __init__(self, records: Records) -> None:
        """Hold the records, names with their final dot."""
        super().__init__()
        self._records = records
        self._names = {dns.name.from_text(name) for name, _ in records}

    def reply(self, datagram: bytes, _: tuple[str, int]) -> bytes | None:
        """Answer a question."""
        try:
            query = dns.message.from_wire(datagram)
            answer = dns.message.make_response(query)
        except (dns.exception.DNSException, ValueError):
            return None  # cannot be answered, RFC 1035 has no way to say so
        if not query.question or query.opcode() != dns.opcode.QUERY:
            answer.set_rcode(dns.rcode.NOTIMP)
        elif Fault.UNAVAILABLE in self.faults:
            answer.set_rcode(dns.rcode.SERVFAIL)
        else:
            self._fill(answer)
        return answer.to_wire()

    def _fill(self, answer: dns.message.Message) -> None:
        question = answer.question[0]
        answer.flags |= dns.flags.AA
        kind = dns.rdatatype.to_text(question.rdtype)
        value = self._records.get((question.name.to_text().lower(), kind))
        if value is not None:
            rrset = dns.rrset.from_text(question.name, TTL_S, "IN", kind, value)
            answer.answer.append(rrset)
        elif question.name not in self._names:
            answer.set_rcode(dns.rcode.NXDOMAIN)
