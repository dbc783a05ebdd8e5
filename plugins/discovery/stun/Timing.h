#pragma once

#include <chrono>
#include <functional>

#include "node/api/Time.h"
#include "node/protocol/stun/ClientTransaction.h"

namespace gimlet::stun_discovery
{

/// When things happen. The defaults are ours but for the transaction, which is RFC 8489's.
struct Timing
{
	stun::ClientTransaction::Timing transaction{};

	/// From an answer to the next question; up to a quarter longer, so that the ports of a node and the
	/// nodes of a cloud do not ask in step. Many NATs forget a mapping after 30 s of silence.
	Duration refresh = std::chrono::seconds{20};

	/// What is asked about the NAT's behaviour goes out after 0, 300 and 900 ms and is given up after 1.5 s,
	/// or each as much slower as the servers are. It ends some seconds after gathering, whoever is silent.
	stun::ClientTransaction::Timing behaviour{.rto = std::chrono::milliseconds{300}, .rc = 3, .rm = 2};
	/// A fresh look at where a NAT's ports stand goes out after 0 and 200 ms and is given up after 400 ms,
	/// which is how long a punch waits for it: what comes later is of before its shots.
	stun::ClientTransaction::Timing freshLook{.rto = std::chrono::milliseconds{200}, .rc = 2, .rm = 1};

	/// People are told so after so long that a server does not answer; it is asked on all the same.
	Duration silence = std::chrono::seconds{3};

	/// A refresh unanswered for so long, two retransmissions, sends everyone a question.
	Duration failover = std::chrono::milliseconds{1'500};

	/// Gathering is over after so long, whoever has not answered (RFC 8838 wants an end, and an answer
	/// that takes longer comes from too far away to matter for the start).
	Duration gathering = std::chrono::seconds{1};

	/// Unanswered for so long, the node is told that nobody answers.
	Duration patience = std::chrono::seconds{5};

	/// After a server has failed: first pause, doubled each time, up to the longest; which of the two
	/// depends on whether another server answers.
	Duration firstPause = std::chrono::seconds{5};
	Duration longestPause = std::chrono::seconds{15};
	Duration longestPauseOfSpare = std::chrono::seconds{600};
};

/// Chance, given from outside.
struct Random
{
	/// 96 bits that nobody can guess.
	std::function<stun::TransactionId()> transactionId;
	/// At least 0 and less than 1.
	std::function<double()> fraction;
};

}
