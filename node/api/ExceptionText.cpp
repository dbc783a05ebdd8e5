#include "node/api/ExceptionText.h"

#include <Poco/Exception.h>

namespace gimlet
{

std::string currentExceptionText()
{
	try
	{
		throw;
	}
	catch (const Poco::Exception& error)
	{
		return error.displayText();
	}
	catch (const std::exception& error)
	{
		return error.what();
	}
	catch (...)
	{
		return "something that is no std::exception was thrown";
	}
}

}
