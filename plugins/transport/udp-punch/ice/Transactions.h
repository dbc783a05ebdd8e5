#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "node/api/Port.h"
#include "node/api/Time.h"
#include "node/protocol/stun/Constants.h"
#include "plugins/transport/udp-punch/ice/CheckList.h"

namespace gimlet::udp_punch::ice
{

enum class Purpose
{
	Check,    ///< of the check list; sent again until Rc
	Nominate, ///< the same with USE-CANDIDATE
	Ask,      ///< consent and sign of life on the selected pair; never sent again (RFC 7675, section 5.1)
	Probe,    ///< padded, on the selected pair
};

/// A request under way, with all that is needed to write it again.
struct Transaction
{
	stun::TransactionId id{};
	Purpose purpose = Purpose::Check;
	/// 0: the selected pair of the generation before.
	PairId pair = 0;
	/// Whose credentials it has.
	unsigned generation = 0;
	Path path;
	bool controlling = false;
	std::uint64_t tieBreaker = 0;
	std::uint32_t priority = 0;
	std::uint32_t nomination = 0;
	std::size_t size = 0;

	TimePoint sentFirst{};
	unsigned sent = 0;
	/// Whether it is to be sent again at `due`; otherwise it ends then.
	bool repeating = false;
	TimePoint due{};
	Duration rto{};
};

/// The requests under way.
class Transactions
{
public:
	/// @return The place of a new one; with too many the one that is due first, replaced ones before others,
	/// has ended.
	Transaction& add(const Transaction& transaction);

	Transaction* find(std::span<const std::uint8_t, 12> id);

	void remove(const stun::TransactionId& id);

	/// A pair's checks are not sent again; late answers still count (RFC 8445, section 7.3.1.4). A nomination
	/// is: only its own answer says that the peer knows.
	void cancel(PairId pair, TimePoint now);

	bool checking(PairId pair) const;

	template <typename Condition>
	void removeIf(Condition condition)
	{
		std::erase_if(_transactions, condition);
	}

	TimePoint nextDeadline() const;

	/// One whose time has come; null if none.
	Transaction* due(TimePoint now);

private:
	std::vector<Transaction> _transactions;
};

}
