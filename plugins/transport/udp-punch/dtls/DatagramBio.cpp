#include "plugins/transport/udp-punch/dtls/DatagramBio.h"

#include <algorithm>
#include <cstring>

#include "plugins/transport/udp-punch/dtls/Session.h"

namespace gimlet::udp_punch::dtls
{

namespace
{

DatagramBio& self(BIO* bio)
{
	return *static_cast<DatagramBio*>(BIO_get_data(bio));
}

}

BIO_METHOD* DatagramBio::makeMethod()
{
	// Without an index of its own: those are few in a process, and nobody looks for a BIO by type here.
	auto* method = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "gimlet datagrams");
	if (method)
	{
		BIO_meth_set_write(method, &write);
		BIO_meth_set_read(method, &read);
		BIO_meth_set_ctrl(method, &control);
	}
	return method;
}

BIO* DatagramBio::make(const BIO_METHOD* method)
{
	auto* bio = BIO_new(method);
	if (bio)
	{
		BIO_set_data(bio, this);
		BIO_set_init(bio, 1);
	}
	return bio;
}

int DatagramBio::write(BIO* bio, const char* data, int length)
{
	BIO_clear_retry_flags(bio);
	if (length > 0)
		self(bio).add({reinterpret_cast<const std::uint8_t*>(data), static_cast<std::size_t>(length)});
	return length;
}

int DatagramBio::read(BIO* bio, char* data, int length)
{
	BIO_clear_retry_flags(bio);
	auto& offered = self(bio)._offered;
	if (offered.empty() || length <= 0)
	{
		BIO_set_retry_read(bio);
		return -1;
	}
	const auto count = std::min(offered.size(), static_cast<std::size_t>(length));
	std::memcpy(data, offered.data(), count);
	offered = {}; // a datagram is read once, whole or not
	return static_cast<int>(count);
}

long DatagramBio::control(BIO*, int command, long, void*)
{
	return command == BIO_CTRL_FLUSH ? 1 : 0;
}

void DatagramBio::add(ByteView records)
{
	if (!_bundling)
	{
		_sink.dtlsSend(records);
		return;
	}
	if (_pending.size() + records.size() > _mtu)
		flush();
	_pending.insert(_pending.end(), records.begin(), records.end());
}

void DatagramBio::flush()
{
	if (_pending.empty())
		return;
	_sink.dtlsSend(_pending);
	_pending.clear();
}

}
