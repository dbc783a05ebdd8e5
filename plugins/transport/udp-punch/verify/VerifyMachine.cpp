#include "plugins/transport/udp-punch/verify/VerifyMachine.h"

#include <utility>

namespace gimlet::udp_punch::verify
{

VerifyMachine::VerifyMachine(Configuration configuration) :
	_self{std::move(configuration.self), configuration.nonce},
	_peer(std::move(configuration.peer)),
	_exported(configuration.exported),
	_commit{commitmentTo(_self)}
{
	if (_self.id == _peer)
		fail("the peer has the id of this node");
}

void VerifyMachine::start()
{
	if (_state != State::Idle)
		return;
	_outgoing.push_back(encode(_commit));
	_state = State::Committed;
}

void VerifyMachine::onMessage(std::string_view json)
{
	if (_state == State::Failed)
		return;
	if (const auto message = decode(json))
		std::visit([this](const auto& content) { on(content); }, *message);
	else
		fail("the peer sent a message of the verification that makes no sense");
}

void VerifyMachine::on(const Commit& commit)
{
	if (_peerCommit)
		return fail("the peer committed itself a second time");
	// It could not be revealed, since it names us; but there is no need to wait for that.
	if (commit == _commit)
		return fail("the peer sent back our own commitment");
	start();
	_peerCommit = commit;
	_outgoing.push_back(encode(Reveal{_self.nonce}));
	_state = State::Revealed;
}

void VerifyMachine::on(const Reveal& reveal)
{
	if (!_peerCommit)
		return fail("the peer showed its number before it had committed itself to it");
	if (_state == State::Done)
		return fail("the peer showed its number a second time");
	const Side peer{_peer, reveal.nonce};
	if (commitmentTo(peer) != _peerCommit->commitment)
		return fail(
			"the peer showed another number than it had committed itself to: somebody may be in between");
	_code = codeOf(_self, peer, _exported);
	_state = State::Done;
}

std::optional<std::string> VerifyMachine::pollTransmit()
{
	if (_outgoing.empty())
		return {};
	auto text = std::move(_outgoing.front());
	_outgoing.pop_front();
	return text;
}

void VerifyMachine::fail(std::string why)
{
	_state = State::Failed;
	_error = std::move(why);
	_code.reset();
	_outgoing.clear();
}

}
