#include "node/http/SocketBio.h"

#include <sys/socket.h>

#include <cerrno>
#include <cstdint>
#include <new>

namespace gimlet::http
{

namespace
{

int descriptorOf(BIO* bio)
{
	return static_cast<int>(reinterpret_cast<std::intptr_t>(BIO_get_data(bio)));
}

bool mayRetry()
{
	return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

int write(BIO* bio, const char* data, int length)
{
	BIO_clear_retry_flags(bio);
	const auto result = ::send(descriptorOf(bio), data, static_cast<std::size_t>(length), MSG_NOSIGNAL);
	if (result < 0 && mayRetry())
		BIO_set_retry_write(bio);
	return static_cast<int>(result);
}

int read(BIO* bio, char* data, int length)
{
	BIO_clear_retry_flags(bio);
	const auto result = ::recv(descriptorOf(bio), data, static_cast<std::size_t>(length), 0);
	if (result < 0 && mayRetry())
		BIO_set_retry_read(bio);
	return static_cast<int>(result);
}

long control(BIO*, int command, long, void*)
{
	return command == BIO_CTRL_FLUSH ? 1 : 0;
}

}

SocketBio::SocketBio() : _method(BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "gimlet socket"))
{
	if (!_method)
		throw std::bad_alloc();
	BIO_meth_set_write(_method.get(), &write);
	BIO_meth_set_read(_method.get(), &read);
	BIO_meth_set_ctrl(_method.get(), &control);
}

BIO* SocketBio::make(int descriptor) const
{
	auto* bio = BIO_new(_method.get());
	if (!bio)
		throw std::bad_alloc();
	BIO_set_data(bio, reinterpret_cast<void*>(static_cast<std::intptr_t>(descriptor)));
	BIO_set_init(bio, 1);
	return bio;
}

}
