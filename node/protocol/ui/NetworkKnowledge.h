#pragma once

#include <vector>

#include "node/api/Candidate.h"
#include "node/api/NetworkFact.h"
#include "node/api/Signaling.h"

namespace gimlet::ui
{

/// What is known of the network of a node, and what follows from it at once.
struct NetworkKnowledge
{
	NatBehaviour nat{};
	std::vector<NetworkFact> facts{};
	std::vector<Candidate> candidates{};
	SignalingState signaling = SignalingState::Offline; ///< of the best one, where there are several
	/// Whether everybody has had the time to answer, so that silence is an answer too.
	bool patient = false;

	bool has(const char* topic) const;
	bool has(const char* topic, NetworkFact::Verdict verdict) const;
	bool has(CandidateType type) const;

	/// Whether a fact of this topic is being found out.
	bool hasPending(const char* topic) const;

	/// Not by the state of signaling, where the rendezvous speaks for itself: one for the local network alone
	/// is online where no rendezvous is in reach.
	bool rendezvousAnswers() const;
	bool rendezvousRefuses() const;

	/// Whether all who may bring a relay have said whether there is one.
	bool relayKnown() const;

	/// Whether there is a rendezvous that could tell of a relay, and has not answered: there may be one.
	bool relayUnasked() const;

	/// Whether the public address is the machine's own.
	bool withoutNat() const;

	/// Whether STUN has worked over AF_INET or AF_INET6, by facts that name it or by what was found.
	bool stunWorks(int family) const;
};

}
