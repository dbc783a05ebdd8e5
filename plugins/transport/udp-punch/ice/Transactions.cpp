#include "plugins/transport/udp-punch/ice/Transactions.h"

#include <algorithm>

#include "plugins/transport/udp-punch/ice/Timing.h"

namespace gimlet::udp_punch::ice
{

namespace
{

bool isCheck(const Transaction& transaction)
{
	return transaction.purpose == Purpose::Check || transaction.purpose == Purpose::Nominate;
}

}

Transaction& Transactions::add(const Transaction& transaction)
{
	if (_transactions.size() >= Timing::MAX_TRANSACTIONS)
	{
		const auto least = std::ranges::min_element(_transactions,
			[](const auto& one, const auto& other) {
				return std::pair{one.repeating, one.due} < std::pair{other.repeating, other.due};
			});
		_transactions.erase(least);
	}
	return _transactions.emplace_back(transaction);
}

Transaction* Transactions::find(std::span<const std::uint8_t, 12> id)
{
	const auto found = std::ranges::find_if(_transactions,
		[&](const Transaction& transaction) { return std::ranges::equal(transaction.id, id); });
	return found == _transactions.end() ? nullptr : &*found;
}

void Transactions::remove(const stun::TransactionId& id)
{
	std::erase_if(_transactions, [&](const Transaction& transaction) { return transaction.id == id; });
}

void Transactions::cancel(PairId pair, TimePoint now)
{
	for (auto& transaction : _transactions)
	{
		if (transaction.pair != pair || transaction.purpose != Purpose::Check || !transaction.repeating)
			continue;
		transaction.repeating = false;
		transaction.due = now + Timing::ANSWER_TIMEOUT;
	}
}

bool Transactions::checking(PairId pair) const
{
	return std::ranges::any_of(_transactions,
		[&](const Transaction& transaction) { return transaction.pair == pair && isCheck(transaction); });
}

TimePoint Transactions::nextDeadline() const
{
	TimePoint earliest = NEVER;
	for (const auto& transaction : _transactions)
		earliest = std::min(earliest, transaction.due);
	return earliest;
}

Transaction* Transactions::due(TimePoint now)
{
	const auto found = std::ranges::find_if(
		_transactions, [&](const Transaction& transaction) { return transaction.due <= now; });
	return found == _transactions.end() ? nullptr : &*found;
}

}
