#pragma once

#include <vector>

#include "node/api/Endpoint.h"

namespace gimlet::udp_punch::ice
{

/// Counts what goes to addresses that have not answered yet, so that a peer cannot make us shoot at somebody
/// (RFC 8445, section 19.5.1).
class Allowance
{
public:
	/// @return Whether one more request may go there; it is counted.
	bool take(const Endpoint& remote);

	/// An authenticated answer came from there: no limit any more.
	void confirm(const Endpoint& remote);

	bool confirmed(const Endpoint& remote) const;

	/// A new generation: the counts begin anew, confirmations stay.
	void renew();

private:
	struct Entry
	{
		Endpoint remote;
		unsigned sent = 0;
		bool confirmed = false;
	};

	const Entry* find(const Endpoint& remote) const;
	Entry* findOrAdd(const Endpoint& remote);

	std::vector<Entry> _entries;
};

}
