#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace gimlet::http
{

/// A few threads for what would hold the loop up: files, compression, TLS handshakes.
class Workers
{
public:
	using Work = std::function<void()>;

	/// @param maxQueue How much work may wait.
	Workers(std::size_t threads, std::size_t maxQueue);

	/// Drops what waits and joins; what runs is finished.
	~Workers();

	/// Any thread. Work must not throw. @return False when too much waits already.
	bool run(Work work);

private:
	void loop();

	const std::size_t _maxQueue;
	std::mutex _mutex;
	std::condition_variable _wake;
	std::deque<Work> _queue; ///< guarded by _mutex
	bool _stopping = false;  ///< guarded by _mutex
	std::vector<std::thread> _threads;
};

}
